//! Payments.

use clock::Timestamp;
use database::{DatabaseError, Source, Tx, cursor::Page};
use payments_domain::{Payment, Snapshot, Status};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use crate::{
    store::{codes, rows},
    tables::{payments, refunds},
};

/// A payment with what is kept beside it.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) payment: Payment,
    /// Events announced so far.
    pub(crate) sequence: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Stored {
    pub(crate) fn snapshot(&self) -> &Snapshot {
        self.payment.snapshot()
    }
}

/// A payment that owes the provider a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) id: Uuid,
    pub(crate) tries: u32,
    pub(crate) deadline: Timestamp,
    pub(crate) at: Timestamp,
}

pub(crate) async fn load(from: &impl Source, id: Uuid) -> Result<Option<Stored>, DatabaseError> {
    one(from, payments::Entity::find_by_id(id)).await
}

pub(crate) async fn load_by_order(
    from: &impl Source,
    order_id: Uuid,
) -> Result<Option<Stored>, DatabaseError> {
    let find = payments::Entity::find().filter(payments::Column::OrderId.eq(order_id));
    one(from, find).await
}

/// The payment with this intent, or this id.
pub(crate) async fn load_by_intent(
    from: &impl Source,
    intent: &str,
    id: Option<Uuid>,
) -> Result<Option<Stored>, DatabaseError> {
    let mut which = Condition::any().add(payments::Column::Intent.eq(intent));
    if let Some(id) = id {
        which = which.add(payments::Column::Id.eq(id));
    }
    one(from, payments::Entity::find().filter(which)).await
}

/// The payment, locked until the transaction ends.
pub(crate) async fn load_for_change(tx: &Tx, id: Uuid) -> Result<Option<Stored>, DatabaseError> {
    one(tx, payments::Entity::find_by_id(id).lock_exclusive()).await
}

/// The payment of an order, locked until the transaction ends.
pub(crate) async fn load_for_change_by_order(
    tx: &Tx,
    order_id: Uuid,
) -> Result<Option<Stored>, DatabaseError> {
    let find = payments::Entity::find().filter(payments::Column::OrderId.eq(order_id));
    one(tx, find.lock_exclusive()).await
}

pub(crate) async fn load_many(
    from: &impl Source,
    ids: &[Uuid],
) -> Result<Vec<Stored>, DatabaseError> {
    let which = payments::Column::Id.is_in(ids.iter().copied());
    many(from, payments::Entity::find().filter(which)).await
}

pub(crate) async fn load_many_by_order(
    from: &impl Source,
    order_ids: &[Uuid],
) -> Result<Vec<Stored>, DatabaseError> {
    let which = payments::Column::OrderId.is_in(order_ids.iter().copied());
    many(from, payments::Entity::find().filter(which)).await
}

/// The payments of a customer, newest first, one more than the page holds.
pub(crate) async fn page_of_customer(
    from: &impl Source,
    customer_id: Uuid,
    page: &Page<Uuid>,
) -> Result<Vec<Stored>, DatabaseError> {
    let mut select = payments::Entity::find().filter(payments::Column::CustomerId.eq(customer_id));
    if let Some(beyond) = page.beyond {
        select = select.filter(if page.backwards {
            payments::Column::Id.gt(beyond)
        } else {
            payments::Column::Id.lt(beyond)
        });
    }
    let select = if page.backwards {
        select.order_by_asc(payments::Column::Id)
    } else {
        select.order_by_desc(payments::Column::Id)
    };
    many(from, select.limit(page.fetch())).await
}

/// How many payments a customer has.
pub(crate) async fn count_of_customer(
    conn: &impl ConnectionTrait,
    customer_id: Uuid,
) -> Result<u64, DatabaseError> {
    Ok(payments::Entity::find()
        .filter(payments::Column::CustomerId.eq(customer_id))
        .count(conn)
        .await?)
}

/// Keeps a new payment. Does nothing when its order has one already; says whether it was kept.
pub(crate) async fn insert(
    tx: &Tx,
    payment: &Payment,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let row = payments::ActiveModel {
        id: Set(payment.snapshot().id),
        order_id: Set(payment.snapshot().order_id),
        customer_id: Set(payment.snapshot().customer_id),
        amount_units: Set(payment.snapshot().amount.units()),
        currency: Set(payment.snapshot().amount.currency().code().to_owned()),
        status: Set(payment.snapshot().status.name().to_owned()),
        asked: Set(payment.snapshot().asked),
        intent: Set(None),
        action_url: Set(None),
        order_outcome: Set(codes::order_outcome(payment.snapshot().order).to_owned()),
        deadline: Set(payment.snapshot().deadline.as_millis()),
        running_attempt: Set(None),
        running_method: Set(None),
        attempts: Set(0),
        failure: Set(None),
        refunds: Set(0),
        version: Set(payment.snapshot().version),
        sequence: Set(0),
        due_at: Set(None),
        tries: Set(0),
        created_at: Set(now.as_millis()),
        updated_at: Set(now.as_millis()),
    };
    let inserted = payments::Entity::insert(row)
        .on_conflict(
            sea_orm::sea_query::OnConflict::column(payments::Column::OrderId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await;
    match inserted {
        Ok(count) => Ok(count > 0),
        Err(sea_orm::DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes a payment as it is now, which was stored as `before`, but for its refunds.
pub(crate) async fn update(
    tx: &Tx,
    before: &Payment,
    payment: &Payment,
    sequence: i64,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let snapshot = payment.snapshot();
    let action_url = match &snapshot.status {
        Status::RequiresAction { url, .. } => url.clone(),
        _ => None,
    };
    let running = snapshot.attempt.as_ref();
    let intent = snapshot.status.intent();
    let mut update = payments::Entity::update_many();
    // A column that is set is looked up in its index, whether it changes or not.
    if intent != before.snapshot().status.intent() {
        update = update.col_expr(
            payments::Column::Intent,
            Expr::val(intent.map(str::to_owned)),
        );
    }
    update
        .col_expr(payments::Column::Status, Expr::val(snapshot.status.name()))
        .col_expr(payments::Column::Asked, Expr::val(snapshot.asked))
        .col_expr(payments::Column::ActionUrl, Expr::val(action_url))
        .col_expr(
            payments::Column::OrderOutcome,
            Expr::val(codes::order_outcome(snapshot.order)),
        )
        .col_expr(
            payments::Column::RunningAttempt,
            Expr::val(running.map(|attempt| i64::from(attempt.number))),
        )
        .col_expr(
            payments::Column::RunningMethod,
            Expr::val(running.map(|attempt| attempt.method.clone())),
        )
        .col_expr(
            payments::Column::Attempts,
            Expr::val(i64::from(snapshot.attempts)),
        )
        .col_expr(
            payments::Column::Failure,
            Expr::val(snapshot.failure.clone()),
        )
        .col_expr(
            payments::Column::Refunds,
            Expr::val(i64::try_from(snapshot.refunds.len()).unwrap_or(i64::MAX)),
        )
        .col_expr(payments::Column::Version, Expr::val(snapshot.version))
        .col_expr(payments::Column::Sequence, Expr::val(sequence))
        .col_expr(
            payments::Column::DueAt,
            Expr::val(due_at.map(Timestamp::as_millis)),
        )
        .col_expr(payments::Column::Tries, Expr::val(0_i64))
        .col_expr(payments::Column::UpdatedAt, Expr::val(now.as_millis()))
        .filter(payments::Column::Id.eq(snapshot.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Makes a payment due at `at`.
pub(crate) async fn make_due(tx: &Tx, id: Uuid, at: Timestamp) -> Result<(), DatabaseError> {
    payments::Entity::update_many()
        .col_expr(payments::Column::DueAt, Expr::val(at.as_millis()))
        .filter(payments::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The payments that owe the provider a call at `now`, the longest overdue first.
pub(crate) async fn due(
    conn: &impl ConnectionTrait,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Due>, DatabaseError> {
    let rows: Vec<(Uuid, i64, i64, i64)> = due_rows(now, limit).into_tuple().all(conn).await?;
    Ok(dues(rows))
}

/// The same, locked until the transaction ends; those that another replica has locked are left to it.
pub(crate) async fn lock_due(
    tx: &Tx,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Due>, DatabaseError> {
    let rows: Vec<(Uuid, i64, i64, i64)> = due_rows(now, limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(dues(rows))
}

fn due_rows(now: Timestamp, limit: u64) -> Select<payments::Entity> {
    payments::Entity::find()
        .select_only()
        .columns([
            payments::Column::Id,
            payments::Column::Tries,
            payments::Column::Deadline,
            payments::Column::DueAt,
        ])
        .filter(payments::Column::DueAt.lte(now.as_millis()))
        .order_by_asc(payments::Column::DueAt)
        .limit(limit)
}

fn dues(rows: Vec<(Uuid, i64, i64, i64)>) -> Vec<Due> {
    rows.into_iter()
        .map(|(id, tries, deadline, due_at)| Due {
            id,
            tries: u32::try_from(tries).unwrap_or(u32::MAX),
            deadline: Timestamp::from_millis(deadline),
            at: Timestamp::from_millis(due_at),
        })
        .collect()
}

/// Takes a due call for oneself by putting it off until `next`. Says whether it was still to be had.
pub(crate) async fn claim(tx: &Tx, due: &Due, next: Timestamp) -> Result<bool, DatabaseError> {
    let claimed = payments::Entity::update_many()
        .col_expr(payments::Column::DueAt, Expr::val(next.as_millis()))
        .col_expr(payments::Column::Tries, Expr::val(i64::from(due.tries) + 1))
        .filter(payments::Column::Id.eq(due.id))
        .filter(payments::Column::DueAt.eq(due.at.as_millis()))
        .exec(tx)
        .await?;
    Ok(claimed.rows_affected > 0)
}

async fn one(
    from: &impl Source,
    find: Select<payments::Entity>,
) -> Result<Option<Stored>, DatabaseError> {
    Ok(many(from, find.limit(1)).await?.pop())
}

async fn many(
    from: &impl Source,
    find: Select<payments::Entity>,
) -> Result<Vec<Stored>, DatabaseError> {
    let rows = from.rows(&find.into_query(), rows::payment_row).await?;
    let refunded: Vec<Uuid> = rows
        .iter()
        .filter(|row| row.refunds > 0)
        .map(|row| row.id)
        .collect();
    let mut found = if refunded.is_empty() {
        Vec::new()
    } else {
        let find = refunds::Entity::find()
            .filter(refunds::Column::PaymentId.is_in(refunded))
            .order_by_asc(refunds::Column::Number);
        from.rows(&find.into_query(), rows::refund_row).await?
    };
    rows.into_iter()
        .map(|row| {
            let (own, rest) = found
                .drain(..)
                .partition(|refund| refund.payment_id == row.id);
            found = rest;
            rows::payment(row, own)
        })
        .collect()
}
