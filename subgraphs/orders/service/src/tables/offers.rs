//! What can be bought, copied from `product.changed`.

use sea_orm::entity::prelude::*;

/// A row of `offers`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "offers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: Uuid,
    pub product_id: Uuid,
    pub sku: String,
    pub name: String,
    pub price_units: i64,
    pub currency: String,
    pub for_sale: bool,
    /// The product's version that the row was copied from.
    pub version: i64,
}

/// This table has no relations that are followed by SeaORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
