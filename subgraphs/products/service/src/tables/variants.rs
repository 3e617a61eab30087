//! Variants of products.

use sea_orm::entity::prelude::*;

/// One row of `variants`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "variants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub product_id: Uuid,
    #[sea_orm(select_as = "bigint")]
    pub position: i64,
    pub sku: String,
    pub name: String,
    /// One value for each option of the product, a JSON array.
    pub option_values: String,
    pub price_units: i64,
    pub currency: String,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
