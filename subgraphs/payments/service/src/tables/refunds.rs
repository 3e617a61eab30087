//! Refunds, by payment and number.

use sea_orm::entity::prelude::*;

/// One row of `refunds`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refunds")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub payment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub id: Uuid,
    pub amount_units: i64,
    pub currency: String,
    /// The code of a `RefundReason`.
    pub reason: String,
    /// The code of a `RefundState`.
    pub state: String,
    pub provider_id: Option<String>,
    pub requested_at: i64,
    pub updated_at: i64,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
