//! Carts: of a user, or of whoever holds the token behind the hash.

use sea_orm::entity::prelude::*;

/// A row of `carts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub token_hash: Option<String>,
    /// A checked address as JSON.
    pub address: Option<String>,
    pub version: i64,
    pub created_at: i64,
    pub expires_at: i64,
}

/// This table has no relations that are followed by SeaORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
