//! Products, with the range of their variants' prices.

use sea_orm::entity::prelude::*;

/// One row of `products`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub brand: Option<String>,
    pub description: String,
    /// The names of the options, a JSON array.
    pub options: String,
    /// The code of a `StateKind`.
    pub state: String,
    pub state_since: Option<i64>,
    pub price_least: i64,
    pub price_most: i64,
    /// None while there is no variant.
    pub currency: Option<String>,
    pub version: i64,
    /// Events announced so far.
    pub sequence: i64,
    /// The place of the last change among all changes of the catalogue.
    pub change_number: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
