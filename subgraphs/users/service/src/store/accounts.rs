//! Accounts.

use clock::Timestamp;
use database::cursor::Page;
use database::{DatabaseError, Tx};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, Order, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use users_domain::{Account, DisplayName, Email};
use uuid::Uuid;

use crate::tables::{user_roles, users};

/// Where an account stands in the list of accounts: when it was made, and its id.
pub(crate) type Place = (i64, Uuid);

/// Which accounts a list holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) email: Option<Email>,
    pub(crate) role: Option<identity::Role>,
}

/// The accounts with these ids, in no particular order. One statement.
pub(crate) async fn load_many(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<Account>, DatabaseError> {
    let rows = users::Entity::find()
        .filter(users::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    rows.into_iter().map(account_from).collect()
}

/// The account with this id, locked against other changes until the transaction ends.
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Account>, DatabaseError> {
    users::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx)
        .await?
        .map(account_from)
        .transpose()
}

/// The account of an e-mail address, with the hash of its password.
pub(crate) async fn by_email(
    conn: &impl ConnectionTrait,
    email: &Email,
) -> Result<Option<(Account, String)>, DatabaseError> {
    let row = users::Entity::find()
        .filter(users::Column::Email.eq(email.as_str()))
        .one(conn)
        .await?;
    row.map(|row| {
        let hash = row.password_hash.clone();
        Ok((account_from(row)?, hash))
    })
    .transpose()
}

/// One page of accounts, newest first, read in the direction of the page.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    wanted: &Wanted,
    page: &Page<Place>,
) -> Result<Vec<Account>, DatabaseError> {
    use users::Column::{CreatedAt, Id};
    let direction = if page.backwards {
        Order::Asc
    } else {
        Order::Desc
    };
    let mut query = users::Entity::find()
        .filter(condition(wanted))
        .order_by(CreatedAt, direction.clone())
        .order_by(Id, direction)
        .limit(page.fetch());
    if let Some((time, id)) = page.beyond {
        let (time_beyond, id_beyond) = if page.backwards {
            (CreatedAt.gt(time), Id.gt(id))
        } else {
            (CreatedAt.lt(time), Id.lt(id))
        };
        query = query.filter(
            Condition::any()
                .add(time_beyond)
                .add(Condition::all().add(CreatedAt.eq(time)).add(id_beyond)),
        );
    }
    query
        .all(conn)
        .await?
        .into_iter()
        .map(account_from)
        .collect()
}

/// How many accounts a list holds.
pub(crate) async fn count(
    conn: &impl ConnectionTrait,
    wanted: &Wanted,
) -> Result<u64, DatabaseError> {
    use sea_orm::PaginatorTrait;
    Ok(users::Entity::find()
        .filter(condition(wanted))
        .count(conn)
        .await?)
}

/// The key of an account in the list.
pub(crate) fn place(account: &Account) -> Place {
    (account.created_at.as_millis(), account.id)
}

fn condition(wanted: &Wanted) -> Condition {
    let holders = wanted.role.map(|role| {
        let holders = Query::select()
            .column(user_roles::Column::UserId)
            .from(user_roles::Entity)
            .and_where(user_roles::Column::Role.eq(role.name()))
            .to_owned();
        users::Column::Id.in_subquery(holders)
    });
    Condition::all()
        .add_option(
            wanted
                .email
                .as_ref()
                .map(|email| users::Column::Email.eq(email.as_str())),
        )
        .add_option(holders)
}

/// Inserts a new account; false when its e-mail address is taken.
pub(crate) async fn insert(
    tx: &Tx,
    account: &Account,
    password_hash: &str,
) -> Result<bool, DatabaseError> {
    let row = users::ActiveModel {
        id: Set(account.id),
        email: Set(account.email.as_str().to_owned()),
        display_name: Set(account
            .display_name
            .as_ref()
            .map(|name| name.as_str().to_owned())),
        password_hash: Set(password_hash.to_owned()),
        default_shipping: Set(account.default_shipping),
        default_billing: Set(account.default_billing),
        version: Set(account.version),
        sequence: Set(0),
        created_at: Set(account.created_at.as_millis()),
    };
    let inserted = users::Entity::insert(row)
        .on_conflict(
            OnConflict::column(users::Column::Email)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await;
    match inserted {
        Ok(count) => Ok(count > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Stores the default addresses of a locked account and raises its version by one.
pub(crate) async fn save(tx: &Tx, account: &Account) -> Result<(), DatabaseError> {
    users::Entity::update_many()
        .col_expr(
            users::Column::DefaultShipping,
            Expr::value(account.default_shipping),
        )
        .col_expr(
            users::Column::DefaultBilling,
            Expr::value(account.default_billing),
        )
        .col_expr(
            users::Column::Version,
            Expr::col(users::Column::Version).add(1),
        )
        .filter(users::Column::Id.eq(account.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes the next `count` places in the account's row of events; returns the first.
pub(crate) async fn next_events(tx: &Tx, id: Uuid, count: i64) -> Result<i64, DatabaseError> {
    let update = Query::update()
        .table(users::Entity)
        .value(
            users::Column::Sequence,
            Expr::col(users::Column::Sequence).add(count),
        )
        .and_where(Expr::col(users::Column::Id).eq(id))
        .returning_col(users::Column::Sequence)
        .to_owned();
    let row = tx
        .query_one(&update)
        .await?
        .ok_or_else(|| DatabaseError::corrupt("users", "no row to announce for"))?;
    let last: i64 = row.try_get_by_index(0)?;
    Ok(last - count + 1)
}

fn account_from(row: users::Model) -> Result<Account, DatabaseError> {
    let corrupt = |error: &dyn std::fmt::Display| DatabaseError::corrupt("users", error);
    Ok(Account {
        id: row.id,
        email: Email::parse(&row.email).map_err(|error| corrupt(&error))?,
        display_name: row
            .display_name
            .map(|name| DisplayName::parse(&name).map_err(|error| corrupt(&error)))
            .transpose()?,
        default_shipping: row.default_shipping,
        default_billing: row.default_billing,
        version: row.version,
        created_at: Timestamp::from_millis(row.created_at),
    })
}
