//! Reads what is judged from the databases of a shop.

use database::{Database, DatabaseError};
use messaging::dead_letters::{self, Selector};
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    sea_query::{Alias, Expr, Query, SelectStatement},
};
use serde::Deserialize;
use uuid::Uuid;

use super::facts::{Facts, Order, Payment, Reservation};
use crate::databases::Databases;

/// Everything but the provider's part.
pub(crate) async fn load(databases: &Databases) -> Result<Facts, DatabaseError> {
    let mut facts = Facts::default();
    stock(&databases.products, &mut facts).await?;
    copies(&databases.orders, &mut facts).await?;
    reservations(&databases.products, &mut facts).await?;
    orders(&databases.orders, &mut facts).await?;
    payments(&databases.payments, &mut facts).await?;
    let users = Query::select().column("id").from("users").to_owned();
    for row in rows(&databases.users, &users).await? {
        facts.users.insert(row.try_get("", "id")?);
    }
    for (_, database) in databases.all() {
        for letter in dead_letters::list(database.read(), &Selector::default(), 100).await? {
            let error = letter.error.unwrap_or_else(|| "behind another".to_owned());
            facts.held.push(format!(
                "{} is parked for {}: {error}",
                letter.kind, letter.handler
            ));
        }
    }
    Ok(facts)
}

async fn rows(
    database: &Database,
    select: &SelectStatement,
) -> Result<Vec<QueryResult>, DatabaseError> {
    Ok(database.read().query_all(select).await?)
}

fn sum(column: &'static str) -> Expr {
    Expr::col(column).sum().cast_as(Alias::new("BIGINT"))
}

async fn stock(database: &Database, facts: &mut Facts) -> Result<(), DatabaseError> {
    let select = Query::select()
        .columns(["variant_id", "on_hand", "reserved", "version"])
        .from("stock")
        .to_owned();
    for row in rows(database, &select).await? {
        let stock = facts
            .stock
            .entry(row.try_get("", "variant_id")?)
            .or_default();
        stock.on_hand = row.try_get("", "on_hand")?;
        stock.reserved = row.try_get("", "reserved")?;
        stock.version = row.try_get("", "version")?;
    }
    let ledger = Query::select()
        .column("variant_id")
        .expr_as(sum("on_hand_delta"), "on_hand")
        .expr_as(sum("reserved_delta"), "reserved")
        .expr_as(Expr::col("version").count(), "entries")
        .from("stock_ledger")
        .group_by_col("variant_id")
        .to_owned();
    for row in rows(database, &ledger).await? {
        let stock = facts
            .stock
            .entry(row.try_get("", "variant_id")?)
            .or_default();
        stock.ledger_on_hand = row.try_get("", "on_hand")?;
        stock.ledger_reserved = row.try_get("", "reserved")?;
        stock.ledger_entries = row.try_get("", "entries")?;
    }
    Ok(())
}

async fn copies(database: &Database, facts: &mut Facts) -> Result<(), DatabaseError> {
    let select = Query::select()
        .columns(["variant_id", "available", "version"])
        .from("offer_stock")
        .to_owned();
    for row in rows(database, &select).await? {
        if let Some(stock) = facts.stock.get_mut(&row.try_get("", "variant_id")?) {
            stock.copied = Some((row.try_get("", "available")?, row.try_get("", "version")?));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Line {
    variant_id: Uuid,
    quantity: i64,
}

async fn reservations(database: &Database, facts: &mut Facts) -> Result<(), DatabaseError> {
    let select = Query::select()
        .columns(["id", "state", "lines"])
        .from("reservations")
        .to_owned();
    for row in rows(database, &select).await? {
        let lines: String = row.try_get("", "lines")?;
        let lines: Vec<Line> = serde_json::from_str(&lines)
            .map_err(|error| DatabaseError::corrupt("reservations", error))?;
        let lines = lines
            .into_iter()
            .map(|line| (line.variant_id, line.quantity))
            .collect();
        facts.reservations.insert(
            row.try_get("", "id")?,
            Reservation {
                state: row.try_get("", "state")?,
                lines,
            },
        );
    }
    Ok(())
}

async fn orders(database: &Database, facts: &mut Facts) -> Result<(), DatabaseError> {
    let now = database::now(database.read()).await?.as_millis();
    let select = Query::select()
        .columns([
            "id",
            "number",
            "status",
            "version",
            "total_units",
            "refunded_units",
            "deadline",
            "placed_at",
        ])
        .from("orders")
        .to_owned();
    for row in rows(database, &select).await? {
        let (deadline, placed): (Option<i64>, i64) =
            (row.try_get("", "deadline")?, row.try_get("", "placed_at")?);
        let order = Order {
            number: row.try_get("", "number")?,
            status: row.try_get("", "status")?,
            version: row.try_get("", "version")?,
            total: row.try_get("", "total_units")?,
            refunded: row.try_get("", "refunded_units")?,
            overdue: deadline.map(|deadline| now - deadline),
            age: now - placed,
            lines: Vec::new(),
            events: Vec::new(),
            last_status: String::new(),
        };
        facts.orders.insert(row.try_get("", "id")?, order);
    }
    let lines = Query::select()
        .columns(["order_id", "variant_id", "quantity"])
        .from("order_lines")
        .to_owned();
    for row in rows(database, &lines).await? {
        if let Some(order) = facts.orders.get_mut(&row.try_get("", "order_id")?) {
            order
                .lines
                .push((row.try_get("", "variant_id")?, row.try_get("", "quantity")?));
        }
    }
    let events = Query::select()
        .columns(["order_id", "version", "status"])
        .from("order_events")
        .order_by("version", sea_orm::Order::Asc)
        .to_owned();
    for row in rows(database, &events).await? {
        if let Some(order) = facts.orders.get_mut(&row.try_get("", "order_id")?) {
            // The order was read a moment earlier; what came since then is for the next look.
            let version = row.try_get("", "version")?;
            if version <= order.version {
                order.events.push(version);
                order.last_status = row.try_get("", "status")?;
            }
        }
    }
    Ok(())
}

async fn payments(database: &Database, facts: &mut Facts) -> Result<(), DatabaseError> {
    let select = Query::select()
        .columns(["id", "order_id", "status", "amount_units", "intent"])
        .from("payments")
        .to_owned();
    for row in rows(database, &select).await? {
        let payment = Payment {
            order_id: row.try_get("", "order_id")?,
            status: row.try_get("", "status")?,
            amount: row.try_get("", "amount_units")?,
            refunded: 0,
            intent: row.try_get("", "intent")?,
        };
        facts.payments.insert(row.try_get("", "id")?, payment);
    }
    let refunds = Query::select()
        .column("payment_id")
        .expr_as(sum("amount_units"), "amount")
        .from("refunds")
        .and_where(Expr::col("state").eq("succeeded"))
        .group_by_col("payment_id")
        .to_owned();
    for row in rows(database, &refunds).await? {
        if let Some(payment) = facts.payments.get_mut(&row.try_get("", "payment_id")?) {
            payment.refunded = row.try_get("", "amount")?;
        }
    }
    Ok(())
}
