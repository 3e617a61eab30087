//! What became of payments: attempts, refunds, announced events.

use clock::Timestamp;
use database::{DatabaseError, Tx};
use payments_domain::{Attempt, AttemptOutcome, Failure, Refund};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    store::codes,
    tables::{attempts, payment_events, refunds},
};

/// Keeps an attempt that was started from this side.
pub(crate) async fn begin_attempt(
    tx: &Tx,
    payment_id: Uuid,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let row = attempts::ActiveModel {
        payment_id: Set(payment_id),
        number: Set(i64::from(attempt.number)),
        method: Set(Some(attempt.method.clone())),
        outcome: Set("running".to_owned()),
        code: Set(None),
        decline_code: Set(None),
        message: Set(None),
        started_at: Set(now.as_millis()),
        ended_at: Set(None),
    };
    attempts::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Keeps how an attempt went; one that was made with the provider directly begins here.
pub(crate) async fn put_attempt(
    tx: &Tx,
    payment_id: Uuid,
    number: u32,
    outcome: &AttemptOutcome,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let (name, failure) = match outcome {
        AttemptOutcome::Succeeded => ("succeeded", None),
        AttemptOutcome::RequiresAction => ("requires_action", None),
        AttemptOutcome::Processing => ("processing", None),
        AttemptOutcome::Failed(failure) => ("failed", Some(failure.clone())),
        AttemptOutcome::Cancelled => ("cancelled", None),
    };
    let row = attempts::ActiveModel {
        payment_id: Set(payment_id),
        number: Set(i64::from(number)),
        method: Set(None),
        outcome: Set(name.to_owned()),
        code: Set(failure.as_ref().map(|failure| failure.code.clone())),
        decline_code: Set(failure
            .as_ref()
            .and_then(|failure| failure.decline_code.clone())),
        message: Set(failure.map(|failure| failure.message)),
        started_at: Set(now.as_millis()),
        ended_at: Set(Some(now.as_millis())),
    };
    let changes = OnConflict::columns([attempts::Column::PaymentId, attempts::Column::Number])
        .update_columns([
            attempts::Column::Outcome,
            attempts::Column::Code,
            attempts::Column::DeclineCode,
            attempts::Column::Message,
            attempts::Column::EndedAt,
        ])
        .to_owned();
    attempts::Entity::insert(row)
        .on_conflict(changes)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Keeps a refund as it is now.
pub(crate) async fn put_refund(
    tx: &Tx,
    payment_id: Uuid,
    refund: &Refund,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let row = refunds::ActiveModel {
        payment_id: Set(payment_id),
        number: Set(i64::from(refund.number)),
        id: Set(refund.id),
        amount_units: Set(refund.amount.units()),
        currency: Set(refund.amount.currency().code().to_owned()),
        reason: Set(codes::refund_reason(refund.reason).to_owned()),
        state: Set(codes::refund_state(refund.state).to_owned()),
        provider_id: Set(refund.provider_id.clone()),
        requested_at: Set(now.as_millis()),
        updated_at: Set(now.as_millis()),
    };
    let changes = OnConflict::columns([refunds::Column::PaymentId, refunds::Column::Number])
        .update_columns([
            refunds::Column::State,
            refunds::Column::ProviderId,
            refunds::Column::UpdatedAt,
        ])
        .to_owned();
    refunds::Entity::insert(row)
        .on_conflict(changes)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Keeps which events were announced, as `(sequence, type)`.
pub(crate) async fn add_events(
    tx: &Tx,
    payment_id: Uuid,
    announced: impl Iterator<Item = (i64, String)>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let rows = announced.map(|(sequence, kind)| payment_events::ActiveModel {
        payment_id: Set(payment_id),
        sequence: Set(sequence),
        kind: Set(kind),
        at: Set(now.as_millis()),
    });
    payment_events::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// How attempt `number` stands: None while it runs.
pub(crate) async fn attempt_failure(
    conn: &impl ConnectionTrait,
    payment_id: Uuid,
    number: u32,
) -> Result<Option<Result<(), Failure>>, DatabaseError> {
    let row = attempts::Entity::find_by_id((payment_id, i64::from(number)))
        .one(conn)
        .await?
        .ok_or_else(|| {
            DatabaseError::corrupt("attempts", format!("no attempt {number} of {payment_id}"))
        })?;
    Ok(match row.outcome.as_str() {
        "running" => None,
        "failed" => Some(Err(Failure {
            reference: String::new(),
            code: row.code.unwrap_or_default(),
            decline_code: row.decline_code,
            message: row.message.unwrap_or_default(),
        })),
        _ => Some(Ok(())),
    })
}

pub(crate) async fn attempts_of(
    conn: &impl ConnectionTrait,
    payment_ids: &[Uuid],
) -> Result<Vec<attempts::Model>, DatabaseError> {
    Ok(attempts::Entity::find()
        .filter(attempts::Column::PaymentId.is_in(payment_ids.iter().copied()))
        .order_by_asc(attempts::Column::Number)
        .all(conn)
        .await?)
}

pub(crate) async fn refunds_of(
    conn: &impl ConnectionTrait,
    payment_ids: &[Uuid],
) -> Result<Vec<refunds::Model>, DatabaseError> {
    Ok(refunds::Entity::find()
        .filter(refunds::Column::PaymentId.is_in(payment_ids.iter().copied()))
        .order_by_asc(refunds::Column::Number)
        .all(conn)
        .await?)
}

pub(crate) async fn events_of(
    conn: &impl ConnectionTrait,
    payment_ids: &[Uuid],
) -> Result<Vec<payment_events::Model>, DatabaseError> {
    Ok(payment_events::Entity::find()
        .filter(payment_events::Column::PaymentId.is_in(payment_ids.iter().copied()))
        .order_by_asc(payment_events::Column::Sequence)
        .all(conn)
        .await?)
}
