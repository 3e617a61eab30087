//! Payments, one an order.

use sea_orm::entity::prelude::*;

/// One row of `payments`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub customer_id: Uuid,
    pub amount_units: i64,
    pub currency: String,
    /// The name of a `Status`.
    pub status: String,
    pub asked: bool,
    /// The provider's id.
    pub intent: Option<String>,
    pub action_url: Option<String>,
    /// The code of an `OrderOutcome`.
    pub order_outcome: String,
    pub deadline: i64,
    pub running_attempt: Option<i64>,
    pub running_method: Option<String>,
    pub attempts: i64,
    /// The reference of the last failure that was taken in.
    pub failure: Option<String>,
    /// How many there are.
    pub refunds: i64,
    pub version: i64,
    /// Events announced so far.
    pub sequence: i64,
    /// When the provider is owed the next call, in the database's time.
    pub due_at: Option<i64>,
    /// How often that call was due already.
    pub tries: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

/// None are followed: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
