//! Orders and their lines.

use clock::Timestamp;
use database::{Database, DatabaseError, Row, Source, Tx, cursor::Page, now_expr};
use money::Money;
use orders_domain::{Order, OrderLine, OrderNumber, State, Status, Totals};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{amount, count, from_json, to_json};
use crate::tables::{order_lines, orders};

/// Which orders a list holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) customer: Option<Uuid>,
    pub(crate) statuses: Option<Vec<Status>>,
    pub(crate) placed_from: Option<Timestamp>,
    pub(crate) placed_before: Option<Timestamp>,
}

/// An order, locked until the transaction ends.
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Order>, DatabaseError> {
    let find = orders::Entity::find_by_id(id).lock_exclusive();
    tx.row(&find.into_query(), order_from).await
}

/// These orders, in no particular order; the unknown ones are absent.
pub(crate) async fn load_many(
    database: &Database,
    ids: &[Uuid],
) -> Result<Vec<Order>, DatabaseError> {
    let find = orders::Entity::find().filter(orders::Column::Id.is_in(ids.iter().copied()));
    database.rows(&find.into_query(), order_from).await
}

/// An order by its number.
pub(crate) async fn by_number(
    conn: &impl ConnectionTrait,
    number: &OrderNumber,
) -> Result<Option<Order>, DatabaseError> {
    let row = orders::Entity::find()
        .filter(orders::Column::Number.eq(number.as_str()))
        .one(conn)
        .await?;
    row.map(order).transpose()
}

/// A page of the orders of `filter`, newest first.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page<Uuid>,
) -> Result<Vec<Order>, DatabaseError> {
    let mut find = orders::Entity::find()
        .filter(condition(filter))
        .limit(page.fetch());
    find = if page.backwards {
        find.order_by_asc(orders::Column::Id)
    } else {
        find.order_by_desc(orders::Column::Id)
    };
    if let Some(beyond) = page.beyond {
        find = find.filter(if page.backwards {
            orders::Column::Id.gt(beyond)
        } else {
            orders::Column::Id.lt(beyond)
        });
    }
    find.all(conn).await?.into_iter().map(order).collect()
}

/// How many orders `filter` holds.
pub(crate) async fn how_many(
    conn: &impl ConnectionTrait,
    filter: &Filter,
) -> Result<u64, DatabaseError> {
    Ok(orders::Entity::find()
        .filter(condition(filter))
        .count(conn)
        .await?)
}

fn condition(filter: &Filter) -> Condition {
    let names = |statuses: &Vec<Status>| {
        orders::Column::Status.is_in(statuses.iter().map(|status| status.name()))
    };
    Condition::all()
        .add_option(filter.customer.map(|id| orders::Column::CustomerId.eq(id)))
        .add_option(filter.statuses.as_ref().map(names))
        .add_option(
            filter
                .placed_from
                .map(|from| orders::Column::PlacedAt.gte(from.as_millis())),
        )
        .add_option(
            filter
                .placed_before
                .map(|before| orders::Column::PlacedAt.lt(before.as_millis())),
        )
}

/// Whether the deadline of any order has come in the database's time.
pub(crate) async fn any_due(conn: &impl ConnectionTrait) -> Result<bool, DatabaseError> {
    let first: Option<Uuid> = due(conn).into_tuple().one(conn).await?;
    Ok(first.is_some())
}

/// The ids of the orders whose deadline has come, the oldest first, at most `limit`, locked until the transaction ends.
/// Those that somebody else has locked are left to them.
pub(crate) async fn lock_due(tx: &Tx, limit: usize) -> Result<Vec<Uuid>, DatabaseError> {
    Ok(due(tx)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(tx)
        .await?)
}

fn due(conn: &impl ConnectionTrait) -> Select<orders::Entity> {
    let now = now_expr(conn.get_database_backend());
    orders::Entity::find()
        .select_only()
        .column(orders::Column::Id)
        .filter(Expr::col(orders::Column::Deadline).lte(now))
        .order_by_asc(orders::Column::Deadline)
}

/// The lines of these orders, each with its order, in order within each.
pub(crate) async fn lines(
    from: &impl Source,
    orders: &[Uuid],
) -> Result<Vec<(Uuid, OrderLine)>, DatabaseError> {
    let find = order_lines::Entity::find()
        .filter(order_lines::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(order_lines::Column::OrderId)
        .order_by_asc(order_lines::Column::Position);
    from.rows(&find.into_query(), line_from).await
}

fn line_from(row: &Row<'_>) -> Result<(Uuid, OrderLine), DatabaseError> {
    let mut columns = row.in_order();
    let row = order_lines::Model {
        order_id: columns.value()?,
        position: columns.value()?,
        id: columns.value()?,
        variant_id: columns.value()?,
        sku: columns.value()?,
        name: columns.value()?,
        quantity: columns.value()?,
        unit_units: columns.value()?,
        subtotal_units: columns.value()?,
        tax_units: columns.value()?,
        currency: columns.value()?,
    };
    let money = |units| amount("order_lines", units, &row.currency);
    let line = OrderLine {
        id: row.id,
        variant_id: row.variant_id,
        quantity: count("order_lines", row.quantity)?,
        unit_price: money(row.unit_units)?,
        subtotal: money(row.subtotal_units)?,
        tax: money(row.tax_units)?,
        sku: row.sku,
        name: row.name,
    };
    Ok((row.order_id, line))
}

/// Writes a new order with its lines.
pub(crate) async fn insert(
    conn: &impl ConnectionTrait,
    order: &Order,
    lines: &[OrderLine],
) -> Result<(), DatabaseError> {
    let units = |money: Money| Set(money.units());
    let row = orders::ActiveModel {
        id: Set(order.id),
        number: Set(order.number.to_string()),
        customer_id: Set(order.customer_id),
        status: Set(order.status().name().to_owned()),
        state: Set(to_json("orders", &order.state)?),
        deadline: Set(deadline(&order.state)),
        currency: Set(order.totals.total.currency().code().to_owned()),
        subtotal_units: units(order.totals.subtotal),
        shipping_units: units(order.totals.shipping),
        tax_units: units(order.totals.tax),
        total_units: units(order.totals.total),
        refunded_units: units(order.refunded),
        address: Set(to_json("orders", &order.address)?),
        placed_at: Set(order.placed_at.as_millis()),
        version: Set(order.version),
    };
    orders::Entity::insert(row)
        .exec_without_returning(conn)
        .await?;
    let rows = (0_i64..)
        .zip(lines)
        .map(|(position, line)| order_lines::ActiveModel {
            order_id: Set(order.id),
            position: Set(position),
            id: Set(line.id),
            variant_id: Set(line.variant_id),
            sku: Set(line.sku.clone()),
            name: Set(line.name.clone()),
            quantity: Set(i64::from(line.quantity)),
            unit_units: units(line.unit_price),
            subtotal_units: units(line.subtotal),
            tax_units: units(line.tax),
            currency: Set(line.unit_price.currency().code().to_owned()),
        });
    order_lines::Entity::insert_many(rows)
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// Writes what a step changed, if the order still is at the version before it; gives whether it was.
pub(crate) async fn update(
    conn: &impl ConnectionTrait,
    order: &Order,
    before: i64,
) -> Result<bool, DatabaseError> {
    let done = orders::Entity::update_many()
        .set(orders::ActiveModel {
            status: Set(order.status().name().to_owned()),
            state: Set(to_json("orders", &order.state)?),
            deadline: Set(deadline(&order.state)),
            refunded_units: Set(order.refunded.units()),
            version: Set(order.version),
            ..Default::default()
        })
        .filter(orders::Column::Id.eq(order.id))
        .filter(orders::Column::Version.eq(before))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

fn deadline(state: &State) -> Option<i64> {
    match state {
        State::AwaitingPayment { deadline, .. } => Some(deadline.as_millis()),
        _ => None,
    }
}

fn order_from(row: &Row<'_>) -> Result<Order, DatabaseError> {
    let mut columns = row.in_order();
    order(orders::Model {
        id: columns.value()?,
        number: columns.value()?,
        customer_id: columns.value()?,
        status: columns.value()?,
        state: columns.value()?,
        deadline: columns.value()?,
        currency: columns.value()?,
        subtotal_units: columns.value()?,
        shipping_units: columns.value()?,
        tax_units: columns.value()?,
        total_units: columns.value()?,
        refunded_units: columns.value()?,
        address: columns.value()?,
        placed_at: columns.value()?,
        version: columns.value()?,
    })
}

fn order(row: orders::Model) -> Result<Order, DatabaseError> {
    let money = |units| amount("orders", units, &row.currency);
    Ok(Order {
        totals: Totals {
            subtotal: money(row.subtotal_units)?,
            shipping: money(row.shipping_units)?,
            tax: money(row.tax_units)?,
            total: money(row.total_units)?,
        },
        refunded: money(row.refunded_units)?,
        id: row.id,
        number: row
            .number
            .parse()
            .map_err(|error| DatabaseError::corrupt("orders", error))?,
        customer_id: row.customer_id,
        address: from_json("orders", &row.address)?,
        placed_at: Timestamp::from_millis(row.placed_at),
        version: row.version,
        state: from_json("orders", &row.state)?,
    })
}
