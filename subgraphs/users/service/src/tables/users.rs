//! Accounts.

use sea_orm::entity::prelude::*;

/// A row of `users`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub display_name: Option<String>,
    /// In PHC string format.
    pub password_hash: String,
    pub default_shipping: Option<Uuid>,
    pub default_billing: Option<Uuid>,
    pub version: i64,
    /// Events announced so far.
    pub sequence: i64,
    pub created_at: i64,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
