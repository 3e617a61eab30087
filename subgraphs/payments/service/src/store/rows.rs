//! Rows into domain values.

use clock::Timestamp;
use database::{DatabaseError, Row};
use money::{Currency, Money};
use payments_domain::{Attempt, Payment, Refund, Snapshot, Status};

use crate::{
    store::{codes, payments::Stored},
    tables::{payments, refunds},
};

/// A row of payments, its columns in their order.
pub(crate) fn payment_row(row: &Row<'_>) -> Result<payments::Model, DatabaseError> {
    let mut columns = row.in_order();
    Ok(payments::Model {
        id: columns.value()?,
        order_id: columns.value()?,
        customer_id: columns.value()?,
        amount_units: columns.value()?,
        currency: columns.value()?,
        status: columns.value()?,
        asked: columns.value()?,
        intent: columns.value()?,
        action_url: columns.value()?,
        order_outcome: columns.value()?,
        deadline: columns.value()?,
        running_attempt: columns.value()?,
        running_method: columns.value()?,
        attempts: columns.value()?,
        failure: columns.value()?,
        refunds: columns.value()?,
        version: columns.value()?,
        sequence: columns.value()?,
        due_at: columns.value()?,
        tries: columns.value()?,
        created_at: columns.value()?,
        updated_at: columns.value()?,
    })
}

/// A row of refunds, its columns in their order.
pub(crate) fn refund_row(row: &Row<'_>) -> Result<refunds::Model, DatabaseError> {
    let mut columns = row.in_order();
    Ok(refunds::Model {
        payment_id: columns.value()?,
        number: columns.value()?,
        id: columns.value()?,
        amount_units: columns.value()?,
        currency: columns.value()?,
        reason: columns.value()?,
        state: columns.value()?,
        provider_id: columns.value()?,
        requested_at: columns.value()?,
        updated_at: columns.value()?,
    })
}

/// A payment from its row and those of its refunds.
pub(crate) fn payment(
    row: payments::Model,
    refunds: Vec<refunds::Model>,
) -> Result<Stored, DatabaseError> {
    let corrupt = |reason: String| DatabaseError::corrupt("payments", reason);
    let currency = Currency::parse(&row.currency).map_err(|error| corrupt(error.to_string()))?;
    let running = row.running_attempt.zip(row.running_method.clone());
    let snapshot = Snapshot {
        id: row.id,
        order_id: row.order_id,
        customer_id: row.customer_id,
        amount: Money::new(row.amount_units, currency),
        status: status(&row)?,
        asked: row.asked,
        order: codes::parse_order_outcome(&row.order_outcome)?,
        deadline: Timestamp::from_millis(row.deadline),
        attempt: running
            .map(|(number, method)| count(number).map(|number| Attempt { number, method }))
            .transpose()?,
        attempts: count(row.attempts)?,
        failure: row.failure,
        refunds: refunds.into_iter().map(refund).collect::<Result<_, _>>()?,
        version: row.version,
    };
    Ok(Stored {
        payment: Payment::restore(snapshot),
        sequence: row.sequence,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}

fn status(row: &payments::Model) -> Result<Status, DatabaseError> {
    let intent = || {
        row.intent.clone().ok_or_else(|| {
            DatabaseError::corrupt("payments", format!("{} without an intent", row.status))
        })
    };
    Ok(match row.status.as_str() {
        "requested" => Status::Requested,
        "created" => Status::Created { intent: intent()? },
        "requires_action" => Status::RequiresAction {
            intent: intent()?,
            url: row.action_url.clone(),
        },
        "processing" => Status::Processing { intent: intent()? },
        "succeeded" => Status::Succeeded { intent: intent()? },
        "cancelled" => Status::Cancelled {
            intent: row.intent.clone(),
        },
        other => {
            return Err(DatabaseError::corrupt(
                "payments",
                format!("status {other}"),
            ));
        }
    })
}

pub(crate) fn refund(row: refunds::Model) -> Result<Refund, DatabaseError> {
    let currency =
        Currency::parse(&row.currency).map_err(|error| DatabaseError::corrupt("refunds", error))?;
    Ok(Refund {
        id: row.id,
        number: count(row.number)?,
        amount: Money::new(row.amount_units, currency),
        reason: codes::parse_refund_reason(&row.reason)?,
        state: codes::parse_refund_state(&row.state)?,
        provider_id: row.provider_id,
    })
}

pub(crate) fn count(number: i64) -> Result<u32, DatabaseError> {
    u32::try_from(number).map_err(|error| DatabaseError::corrupt("payments", error))
}
