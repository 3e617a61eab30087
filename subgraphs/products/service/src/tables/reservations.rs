//! Promises of stock, each for one order or made by staff.

use sea_orm::entity::prelude::*;

/// One row of `reservations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reservations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whether `id` is an order's: then inventory events are announced for it.
    pub for_order: bool,
    pub state: String,
    pub until: Option<i64>,
    /// A JSON array of lines.
    pub lines: String,
    /// Inventory events announced for the order so far.
    pub sequence: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
