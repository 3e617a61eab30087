//! Roles of accounts.

use std::collections::{BTreeSet, HashMap};

use database::{DatabaseError, Tx};
use identity::{Role, Scopes};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::tables::user_roles;

/// The roles of one account.
pub(crate) type Roles = BTreeSet<Role>;

/// What roles allow together.
pub(crate) fn scopes(roles: &Roles) -> Scopes {
    roles
        .iter()
        .fold(Scopes::NONE, |scopes, role| scopes.union(role.scopes()))
}

/// The roles of these users. One statement.
pub(crate) async fn of_users(
    conn: &impl ConnectionTrait,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Roles>, DatabaseError> {
    let rows = user_roles::Entity::find()
        .filter(user_roles::Column::UserId.is_in(users.iter().copied()))
        .all(conn)
        .await?;
    let mut roles: HashMap<Uuid, Roles> = HashMap::new();
    for row in rows {
        let role = row
            .role
            .parse()
            .map_err(|error| DatabaseError::corrupt("user_roles", error))?;
        roles.entry(row.user_id).or_default().insert(role);
    }
    Ok(roles)
}

/// The roles of one user.
pub(crate) async fn of_user(
    conn: &impl ConnectionTrait,
    user: Uuid,
) -> Result<Roles, DatabaseError> {
    Ok(of_users(conn, &[user])
        .await?
        .remove(&user)
        .unwrap_or_default())
}

/// Gives a user roles beside those they have.
pub(crate) async fn add(
    tx: &Tx,
    user: Uuid,
    roles: impl IntoIterator<Item = Role>,
) -> Result<(), DatabaseError> {
    let rows: Vec<_> = roles
        .into_iter()
        .map(|role| user_roles::ActiveModel {
            user_id: Set(user),
            role: Set(role.name().to_owned()),
        })
        .collect();
    if !rows.is_empty() {
        user_roles::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Makes these the roles of a user.
pub(crate) async fn replace(tx: &Tx, user: Uuid, roles: &Roles) -> Result<(), DatabaseError> {
    user_roles::Entity::delete_many()
        .filter(user_roles::Column::UserId.eq(user))
        .exec(tx)
        .await?;
    add(tx, user, roles.iter().copied()).await
}
