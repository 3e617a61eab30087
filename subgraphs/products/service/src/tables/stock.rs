//! Stock at the one location.

use sea_orm::entity::prelude::*;

/// One row of `stock`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: Uuid,
    pub product_id: Uuid,
    pub on_hand: i64,
    pub reserved: i64,
    /// Counts changes, each of which has its place in the ledger.
    pub version: i64,
    /// Events announced so far.
    pub sequence: i64,
    /// Staff are told when so few or fewer are available; none for never.
    pub low_at: Option<i64>,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
