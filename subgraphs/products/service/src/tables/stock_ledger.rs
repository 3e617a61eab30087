//! Every change of stock, append-only.

use sea_orm::entity::prelude::*;

/// One row of `stock_ledger`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_ledger")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: Uuid,
    /// The version of the stock that the change led to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// The code of an `EntryKind`.
    pub kind: String,
    pub on_hand_delta: i64,
    pub reserved_delta: i64,
    pub on_hand: i64,
    pub reserved: i64,
    pub reason: Option<String>,
    pub reservation_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
    pub created_at: i64,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
