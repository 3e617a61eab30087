//! Carts and their lines.

use std::time::Duration;

use clock::Timestamp;
use database::{DatabaseError, Row, Source, Tx, now_expr};
use orders_domain::{Address, Cart, CartLine};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{amount, count, from_json, to_json};
use crate::tables::{cart_lines, carts};

/// Whose a cart is. Whoever is neither has no cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The user's own.
    User(Uuid),
    /// Of whoever holds the token with this hash.
    Token(String),
}

/// A cart as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredCart {
    pub(crate) id: Uuid,
    pub(crate) address: Option<Address>,
    pub(crate) version: i64,
    pub(crate) lines: Cart,
}

/// The holder's cart, locked until the transaction ends.
pub(crate) async fn lock(tx: &Tx, holder: &Holder) -> Result<Option<StoredCart>, DatabaseError> {
    with_lines(tx, of_holder(holder).lock_exclusive()).await
}

/// The holder's cart, for showing it.
pub(crate) async fn load(
    from: &impl Source,
    holder: &Holder,
) -> Result<Option<StoredCart>, DatabaseError> {
    with_lines(from, of_holder(holder)).await
}

fn of_holder(holder: &Holder) -> Select<carts::Entity> {
    carts::Entity::find().filter(match holder {
        Holder::User(id) => carts::Column::UserId.eq(*id),
        Holder::Token(hash) => carts::Column::TokenHash.eq(hash.as_str()),
    })
}

async fn with_lines(
    from: &impl Source,
    find: Select<carts::Entity>,
) -> Result<Option<StoredCart>, DatabaseError> {
    let Some(row) = from.row(&find.into_query(), cart_row).await? else {
        return Ok(None);
    };
    let lines = cart_lines::Entity::find()
        .filter(cart_lines::Column::CartId.eq(row.id))
        .order_by_asc(cart_lines::Column::Id);
    let lines = from.rows(&lines.into_query(), line_row).await?;
    Ok(Some(StoredCart {
        id: row.id,
        address: row
            .address
            .as_deref()
            .map(|json| from_json("carts", json))
            .transpose()?,
        version: row.version,
        lines: Cart::new(lines.into_iter().map(line).collect::<Result<_, _>>()?),
    }))
}

fn cart_row(row: &Row<'_>) -> Result<carts::Model, DatabaseError> {
    let mut columns = row.in_order();
    Ok(carts::Model {
        id: columns.value()?,
        user_id: columns.value()?,
        token_hash: columns.value()?,
        address: columns.value()?,
        version: columns.value()?,
        created_at: columns.value()?,
        expires_at: columns.value()?,
    })
}

fn line_row(row: &Row<'_>) -> Result<cart_lines::Model, DatabaseError> {
    let mut columns = row.in_order();
    Ok(cart_lines::Model {
        id: columns.value()?,
        cart_id: columns.value()?,
        variant_id: columns.value()?,
        quantity: columns.value()?,
        seen_units: columns.value()?,
        seen_currency: columns.value()?,
        added_at: columns.value()?,
    })
}

fn line(row: cart_lines::Model) -> Result<CartLine, DatabaseError> {
    Ok(CartLine {
        id: row.id,
        variant_id: row.variant_id,
        quantity: count("cart_lines", row.quantity)?,
        seen_price: amount("cart_lines", row.seen_units, &row.seen_currency)?,
        added_at: Timestamp::from_millis(row.added_at),
    })
}

/// Makes an empty cart at version 0, unless the holder has one already.
pub(crate) async fn create(
    conn: &impl ConnectionTrait,
    id: Uuid,
    holder: &Holder,
    now: Timestamp,
    kept: Duration,
) -> Result<(), DatabaseError> {
    let (user_id, token_hash) = match holder {
        Holder::User(user) => (Some(*user), None),
        Holder::Token(hash) => (None, Some(hash.clone())),
    };
    let row = carts::ActiveModel {
        id: Set(id),
        user_id: Set(user_id),
        token_hash: Set(token_hash),
        address: Set(None),
        version: Set(0),
        created_at: Set(now.as_millis()),
        expires_at: Set(now.plus(kept).as_millis()),
    };
    carts::Entity::insert(row)
        .on_conflict(
            OnConflict::column(carts::Column::UserId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// Writes a line: a new one, or the new quantity and seen price of the one there is.
pub(crate) async fn put_line(
    conn: &impl ConnectionTrait,
    cart: Uuid,
    line: &CartLine,
) -> Result<(), DatabaseError> {
    let row = cart_lines::ActiveModel {
        id: Set(line.id),
        cart_id: Set(cart),
        variant_id: Set(line.variant_id),
        quantity: Set(i64::from(line.quantity)),
        seen_units: Set(line.seen_price.units()),
        seen_currency: Set(line.seen_price.currency().code().to_owned()),
        added_at: Set(line.added_at.as_millis()),
    };
    cart_lines::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([cart_lines::Column::CartId, cart_lines::Column::VariantId])
                .update_columns([
                    cart_lines::Column::Quantity,
                    cart_lines::Column::SeenUnits,
                    cart_lines::Column::SeenCurrency,
                ])
                .to_owned(),
        )
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// Takes one line out.
pub(crate) async fn delete_line(
    conn: &impl ConnectionTrait,
    line: Uuid,
) -> Result<(), DatabaseError> {
    cart_lines::Entity::delete_many()
        .filter(cart_lines::Column::Id.eq(line))
        .exec(conn)
        .await?;
    Ok(())
}

/// Takes all lines out.
pub(crate) async fn delete_lines(
    conn: &impl ConnectionTrait,
    cart: Uuid,
) -> Result<(), DatabaseError> {
    cart_lines::Entity::delete_many()
        .filter(cart_lines::Column::CartId.eq(cart))
        .exec(conn)
        .await?;
    Ok(())
}

/// Raises the version by one and lets the cart live for `kept` from now, in the database's time.
pub(crate) async fn touch(
    conn: &impl ConnectionTrait,
    cart: Uuid,
    kept: Duration,
) -> Result<(), DatabaseError> {
    change(conn, cart, kept, None).await
}

/// Sets the address, raises the version by one and lets the cart live on.
pub(crate) async fn set_address(
    conn: &impl ConnectionTrait,
    cart: Uuid,
    address: &Address,
    kept: Duration,
) -> Result<(), DatabaseError> {
    change(conn, cart, kept, Some(to_json("carts", address)?)).await
}

async fn change(
    conn: &impl ConnectionTrait,
    cart: Uuid,
    kept: Duration,
    address: Option<String>,
) -> Result<(), DatabaseError> {
    let kept = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX / 4);
    let mut update = carts::Entity::update_many()
        .col_expr(
            carts::Column::Version,
            Expr::col(carts::Column::Version).add(1),
        )
        .col_expr(
            carts::Column::ExpiresAt,
            now_expr(conn.get_database_backend()).add(kept),
        )
        .filter(carts::Column::Id.eq(cart));
    if let Some(address) = address {
        update = update.col_expr(carts::Column::Address, Expr::value(address));
    }
    update.exec(conn).await?;
    Ok(())
}

/// Removes a cart with its lines.
pub(crate) async fn delete(conn: &impl ConnectionTrait, cart: Uuid) -> Result<(), DatabaseError> {
    carts::Entity::delete_by_id(cart).exec(conn).await?;
    Ok(())
}

/// Removes the carts whose time is over, in the database's time; gives how many.
pub(crate) async fn delete_expired(conn: &impl ConnectionTrait) -> Result<u64, DatabaseError> {
    let now = now_expr(conn.get_database_backend());
    let over = carts::Entity::delete_many()
        .filter(Expr::col(carts::Column::ExpiresAt).lte(now))
        .exec(conn)
        .await?;
    Ok(over.rows_affected)
}
