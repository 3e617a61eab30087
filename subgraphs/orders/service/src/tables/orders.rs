//! Orders as they stand.

use sea_orm::entity::prelude::*;

/// A row of `orders`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: String,
    pub customer_id: Uuid,
    pub status: String,
    /// The status with what belongs to it, as JSON.
    pub state: String,
    /// When an order that waits for money expires; absent in every other status.
    pub deadline: Option<i64>,
    pub currency: String,
    pub subtotal_units: i64,
    pub shipping_units: i64,
    pub tax_units: i64,
    pub total_units: i64,
    pub refunded_units: i64,
    /// A checked address as JSON.
    pub address: String,
    pub placed_at: i64,
    pub version: i64,
}

/// This table has no relations that are followed by SeaORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
