use sea_orm::sqlx;

use super::attempt::{card_error, decline, fail, reopen, succeed};
use super::confirm::{find, unexpected_state};
use crate::error::{ApiError, Stop, json};
use crate::events::emit;
use crate::methods::{Outcome, TestMethod};
use crate::objects::{Charge, PaymentIntent, Status};
use crate::store::{self, Table, save_charge, save_intent};
use crate::writer::{Answer, Tx};

/// The customer's part of 3-D Secure: it was completed, or it failed.
pub(crate) async fn authenticate(
    tx: &mut Tx<'_>,
    id: &str,
    completed: bool,
) -> Result<Answer, Stop> {
    let mut intent = find(tx, id).await?;
    let method = intent.payment_method.as_deref().and_then(TestMethod::find);
    let (Status::RequiresAction, Some(method)) = (intent.status, method) else {
        let message = format!(
            "This PaymentIntent awaits no authentication: it has a status of {}.",
            intent.status.as_str()
        );
        return Err(unexpected_state(&intent, message).into());
    };
    if completed {
        let answer = match method.outcome {
            Outcome::Authenticates(Some(reason)) => decline(tx, intent, method, reason).await?,
            _ => succeed(tx, intent, method).await?,
        };
        // A decline after the authentication is an outcome here, not an error of this call.
        let settled = find(tx, id).await?;
        return Ok(if answer.status.is_success() {
            answer
        } else {
            Answer::ok(json(&settled))
        });
    }
    let mut error = ApiError::invalid(
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
    )
    .code("payment_intent_authentication_failure");
    error.payment_method = Some(method.value());
    reopen(&mut intent, &error);
    save_intent(tx, &intent, None).await?;
    emit(tx, "payment_intent.payment_failed", &intent, None).await?;
    Ok(Answer::ok(json(&intent)))
}

/// Settles the pending charges whose time has come.
pub(crate) async fn settle_due(tx: &mut Tx<'_>) -> Result<Answer, Stop> {
    let due: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM payment_intents WHERE due_at <= ? ORDER BY due_at, seq LIMIT 100",
    )
    .bind(tx.now_ms)
    .fetch_all(&mut *tx.conn)
    .await?;
    for id in due {
        let intent = find(tx, &id).await?;
        settle(tx, intent).await?;
    }
    Ok(Answer::ok(""))
}

async fn settle(tx: &mut Tx<'_>, mut intent: PaymentIntent) -> Result<(), Stop> {
    let method = intent.payment_method.as_deref().and_then(TestMethod::find);
    let charge: Option<Charge> = match intent.latest_charge.as_deref() {
        Some(charge) => store::load(tx.conn, Table::Charges, charge).await?,
        None => None,
    };
    let (Some(method), Some(mut charge), Status::Processing) = (method, charge, intent.status)
    else {
        save_intent(tx, &intent, None).await?;
        return Ok(());
    };
    if let Outcome::Settles(Some(reason)) = method.outcome {
        fail(&mut charge, reason);
        reopen(&mut intent, &card_error(&charge, method, reason));
        save_charge(tx, &charge).await?;
        save_intent(tx, &intent, None).await?;
        emit(tx, "charge.failed", &charge, None).await?;
        emit(tx, "payment_intent.payment_failed", &intent, None).await?;
    } else {
        "succeeded".clone_into(&mut charge.status);
        charge.paid = true;
        charge.amount_captured = charge.amount;
        intent.status = Status::Succeeded;
        intent.amount_received = intent.amount;
        save_charge(tx, &charge).await?;
        save_intent(tx, &intent, None).await?;
        emit(tx, "charge.succeeded", &charge, None).await?;
        emit(tx, "payment_intent.succeeded", &intent, None).await?;
    }
    Ok(())
}
