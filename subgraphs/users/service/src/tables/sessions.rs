//! Sessions: one log-in on one device.

use sea_orm::entity::prelude::*;

/// A row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub opened_at: i64,
    pub until: i64,
    pub ended_at: Option<i64>,
    /// The name of an `EndReason`.
    pub end_reason: Option<String>,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
