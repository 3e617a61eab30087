use super::attempt::{card_error, decline, fail, reopen, succeed};
use super::confirm::{find, unexpected_state};
use crate::error::{ApiError, Stop, json};
use crate::events::emit;
use crate::methods::{Outcome, TestMethod};
use crate::objects::{Charge, PaymentIntent, Status};
use crate::store::{self, Table, save_charge, save_intent};
use crate::writer::{Answer, Tx};

/// The customer's part of 3-D Secure: it was completed, or it failed.
pub(crate) fn authenticate(tx: &mut Tx<'_>, id: &str, completed: bool) -> Result<Answer, Stop> {
    let mut intent = find(tx, id)?;
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
            Outcome::Authenticates(Some(reason)) => decline(tx, intent, method, reason)?,
            _ => succeed(tx, intent, method)?,
        };
        // A decline after the authentication is an outcome here, not an error of this call.
        let settled = find(tx, id)?;
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
    save_intent(tx, &intent, None)?;
    emit(tx, "payment_intent.payment_failed", &intent, None)?;
    Ok(Answer::ok(json(&intent)))
}

/// Settles the pending charges whose time has come.
pub(crate) fn settle_due(tx: &mut Tx<'_>) -> Result<Answer, Stop> {
    let due: Vec<String> = tx
        .conn
        .prepare_cached(
            "SELECT id FROM payment_intents WHERE due_at <= ? ORDER BY due_at, seq LIMIT 100",
        )?
        .query_map([tx.now_ms], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in due {
        let intent = find(tx, &id)?;
        settle(tx, intent)?;
    }
    Ok(Answer::ok(""))
}

fn settle(tx: &mut Tx<'_>, mut intent: PaymentIntent) -> Result<(), Stop> {
    let method = intent.payment_method.as_deref().and_then(TestMethod::find);
    let charge: Option<Charge> = match intent.latest_charge.as_deref() {
        Some(charge) => store::load(tx.conn, Table::Charges, charge)?,
        None => None,
    };
    let (Some(method), Some(mut charge), Status::Processing) = (method, charge, intent.status)
    else {
        save_intent(tx, &intent, None)?;
        return Ok(());
    };
    if let Outcome::Settles(Some(reason)) = method.outcome {
        fail(&mut charge, reason);
        reopen(&mut intent, &card_error(&charge, method, reason));
        save_charge(tx, &charge)?;
        save_intent(tx, &intent, None)?;
        emit(tx, "charge.failed", &charge, None)?;
        emit(tx, "payment_intent.payment_failed", &intent, None)?;
    } else {
        "succeeded".clone_into(&mut charge.status);
        charge.paid = true;
        charge.amount_captured = charge.amount;
        intent.status = Status::Succeeded;
        intent.amount_received = intent.amount;
        save_charge(tx, &charge)?;
        save_intent(tx, &intent, None)?;
        emit(tx, "charge.succeeded", &charge, None)?;
        emit(tx, "payment_intent.succeeded", &intent, None)?;
    }
    Ok(())
}
