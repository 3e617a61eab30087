//! What shoppers read of variants: the variant with its stock, in one statement.

use std::collections::HashMap;

use database::{Database, DatabaseError, Row};
use money::Money;
use products_domain::StateKind;
use sea_orm::{
    ExprTrait,
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

fn form_from(row: &Row<'_>) -> Result<Form, DatabaseError> {
    let values: String = row.get(4)?;
    let currency: String = row.get(6)?;
    let state: String = row.get(10)?;
    let options: String = row.get(11)?;
    Ok(Form {
        id: row.get(0)?,
        product_id: row.get(1)?,
        sku: row.get(2)?,
        name: row.get(3)?,
        values: parsed("variants", &values)?,
        price: money("variants", row.get(5)?, &currency)?,
        on_hand: row.get(7)?,
        reserved: row.get(8)?,
        low_at: row.get(9)?,
        state: StateKind::parse(&state).ok_or_else(|| DatabaseError::corrupt("products", state))?,
        options: parsed("products", &options)?,
    })
}

/// The variants with these ids; unknown ones are left out.
pub(crate) async fn by_ids(
    database: &Database,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Form>, DatabaseError> {
    let mut select = select();
    select
        .and_where(Expr::col((variants::Entity, variants::Column::Id)).is_in(ids.iter().copied()));
    let forms = database.rows(&select, form_from).await?;
    Ok(forms.into_iter().map(|form| (form.id, form)).collect())
}

/// The variants of these products, in the order shown.
pub(crate) async fn of_products(
    database: &Database,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Form>>, DatabaseError> {
    let product = (variants::Entity, variants::Column::ProductId);
    let mut select = select();
    select
        .and_where(Expr::col(product).is_in(ids.iter().copied()))
        .order_by((variants::Entity, variants::Column::Position), Order::Asc);
    let mut forms: HashMap<Uuid, Vec<Form>> = HashMap::new();
    for form in database.rows(&select, form_from).await? {
        forms.entry(form.product_id).or_default().push(form);
    }
    Ok(forms)
}
