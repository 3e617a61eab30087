//! Addresses of accounts.

use clock::Timestamp;
use database::{DatabaseError, Tx};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use users_domain::{Address, Country};
use uuid::Uuid;

use crate::tables::addresses;

/// An address with its id and owner.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) address: Address,
}

/// The addresses of these users, oldest first. One statement.
pub(crate) async fn of_users(
    conn: &impl ConnectionTrait,
    users: &[Uuid],
) -> Result<Vec<Stored>, DatabaseError> {
    let rows = addresses::Entity::find()
        .filter(addresses::Column::UserId.is_in(users.iter().copied()))
        .order_by_asc(addresses::Column::CreatedAt)
        .order_by_asc(addresses::Column::Id)
        .all(conn)
        .await?;
    rows.into_iter().map(stored_from).collect()
}

/// The address with this id, if it is that user's.
pub(crate) async fn load_own(
    conn: &impl ConnectionTrait,
    user_id: Uuid,
    id: Uuid,
) -> Result<Option<Stored>, DatabaseError> {
    let row = addresses::Entity::find_by_id(id)
        .filter(addresses::Column::UserId.eq(user_id))
        .one(conn)
        .await?;
    row.map(stored_from).transpose()
}

/// How many addresses a user has.
pub(crate) async fn count(
    conn: &impl ConnectionTrait,
    user_id: Uuid,
) -> Result<u64, DatabaseError> {
    Ok(addresses::Entity::find()
        .filter(addresses::Column::UserId.eq(user_id))
        .count(conn)
        .await?)
}

/// Inserts a new address.
pub(crate) async fn insert(tx: &Tx, stored: &Stored, now: Timestamp) -> Result<(), DatabaseError> {
    let mut row = row_from(stored);
    row.created_at = Set(now.as_millis());
    addresses::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Stores a changed address.
pub(crate) async fn save(tx: &Tx, stored: &Stored) -> Result<(), DatabaseError> {
    addresses::Entity::update_many()
        .set(row_from(stored))
        .filter(addresses::Column::Id.eq(stored.id))
        .filter(addresses::Column::UserId.eq(stored.user_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Deletes an address of that user; whether there was one.
pub(crate) async fn delete(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<bool, DatabaseError> {
    let deleted = addresses::Entity::delete_many()
        .filter(addresses::Column::Id.eq(id))
        .filter(addresses::Column::UserId.eq(user_id))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected > 0)
}

fn row_from(stored: &Stored) -> addresses::ActiveModel {
    let Stored {
        id,
        user_id,
        address,
    } = stored.clone();
    addresses::ActiveModel {
        id: Set(id),
        user_id: Set(user_id),
        name: Set(address.name),
        line1: Set(address.line1),
        line2: Set(address.line2),
        city: Set(address.city),
        region: Set(address.region),
        postal_code: Set(address.postal_code),
        country: Set(address.country.code().to_owned()),
        phone: Set(address.phone),
        ..Default::default()
    }
}

fn stored_from(row: addresses::Model) -> Result<Stored, DatabaseError> {
    let country = Country::parse(&row.country)
        .ok_or_else(|| DatabaseError::corrupt("addresses", "unknown country"))?;
    let address = Address {
        name: row.name,
        line1: row.line1,
        line2: row.line2,
        city: row.city,
        region: row.region,
        postal_code: row.postal_code,
        country,
        phone: row.phone,
    };
    Ok(Stored {
        id: row.id,
        user_id: row.user_id,
        address,
    })
}
