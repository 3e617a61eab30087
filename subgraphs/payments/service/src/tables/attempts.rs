//! Attempts to pay.

use sea_orm::entity::prelude::*;

/// One row of `attempts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub payment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// The provider's id of the payment method; none when the customer confirmed with the provider.
    pub method: Option<String>,
    /// `running`, or how it went.
    pub outcome: String,
    pub code: Option<String>,
    pub decline_code: Option<String>,
    pub message: Option<String>,
    pub started_at: i64,
    pub ended_at: Option<i64>,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
