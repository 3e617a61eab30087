//! Deleted products, at the place of the deletion among the changes of the catalogue.

use sea_orm::entity::prelude::*;

/// One row of `removed_products`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "removed_products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub change_number: i64,
    pub product_id: Uuid,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
