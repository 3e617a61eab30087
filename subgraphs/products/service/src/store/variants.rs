//! What shoppers read of variants: the variant with its stock, in one statement.

use std::collections::HashMap;

use database::DatabaseError;
use money::Money;
use products_domain::StateKind;
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    sea_query::{Expr, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    store::product_rows::{money, parsed},
    tables::{products, stock, variants},
};

/// A variant with its stock, as it is read.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub id: Uuid,
    pub product_id: Uuid,
    pub sku: String,
    pub name: String,
    pub values: Vec<String>,
    pub price: Money,
    pub on_hand: i64,
    pub reserved: i64,
    pub low_at: Option<i64>,
    /// The state of its product.
    pub state: StateKind,
    /// The names of its product's options.
    pub options: Vec<String>,
}

fn select() -> SelectStatement {
    let of = |column: variants::Column| (variants::Entity, column);
    let in_stock = |column: stock::Column| (stock::Entity, column);
    Query::select()
        .columns([
            of(variants::Column::Id),
            of(variants::Column::ProductId),
            of(variants::Column::Sku),
            of(variants::Column::Name),
            of(variants::Column::OptionValues),
            of(variants::Column::PriceUnits),
            of(variants::Column::Currency),
        ])
        .columns([
            in_stock(stock::Column::OnHand),
            in_stock(stock::Column::Reserved),
            in_stock(stock::Column::LowAt),
        ])
        .columns([
            (products::Entity, products::Column::State),
            (products::Entity, products::Column::Options),
        ])
        .from(variants::Entity)
        .inner_join(
            stock::Entity,
            Expr::col(in_stock(stock::Column::VariantId)).equals(of(variants::Column::Id)),
        )
        .inner_join(
            products::Entity,
            Expr::col((products::Entity, products::Column::Id))
                .equals(of(variants::Column::ProductId)),
        )
        .to_owned()
}

fn form_from(row: &QueryResult) -> Result<Form, DatabaseError> {
    let values: String = row.try_get_by_index(4)?;
    let currency: String = row.try_get_by_index(6)?;
    let state: String = row.try_get_by_index(10)?;
    let options: String = row.try_get_by_index(11)?;
    Ok(Form {
        id: row.try_get_by_index(0)?,
        product_id: row.try_get_by_index(1)?,
        sku: row.try_get_by_index(2)?,
        name: row.try_get_by_index(3)?,
        values: parsed("variants", &values)?,
        price: money("variants", row.try_get_by_index(5)?, &currency)?,
        on_hand: row.try_get_by_index(7)?,
        reserved: row.try_get_by_index(8)?,
        low_at: row.try_get_by_index(9)?,
        state: StateKind::parse(&state).ok_or_else(|| DatabaseError::corrupt("products", state))?,
        options: parsed("products", &options)?,
    })
}

/// The variants with these ids; unknown ones are left out.
pub(crate) async fn by_ids(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Form>, DatabaseError> {
    let mut select = select();
    select
        .and_where(Expr::col((variants::Entity, variants::Column::Id)).is_in(ids.iter().copied()));
    let rows = conn.query_all(&select).await?;
    rows.iter()
        .map(|row| form_from(row).map(|form| (form.id, form)))
        .collect()
}

/// The variants of these products, in the order shown.
pub(crate) async fn of_products(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Form>>, DatabaseError> {
    let product = (variants::Entity, variants::Column::ProductId);
    let mut select = select();
    select
        .and_where(Expr::col(product).is_in(ids.iter().copied()))
        .order_by((variants::Entity, variants::Column::Position), Order::Asc);
    let mut forms: HashMap<Uuid, Vec<Form>> = HashMap::new();
    for row in conn.query_all(&select).await? {
        let form = form_from(&row)?;
        forms.entry(form.product_id).or_default().push(form);
    }
    Ok(forms)
}
