use super::confirm::{find, unexpected_state};
use crate::error::{ApiError, Stop, json};
use crate::events::emit;
use crate::objects::Status;
use crate::params::Params;
use crate::store::save_intent;
use crate::writer::{Answer, Tx};

const REASONS: [&str; 4] = [
    "duplicate",
    "fraudulent",
    "requested_by_customer",
    "abandoned",
];

/// The validated reason of a cancellation.
pub(crate) fn cancellation(params: Params<'_>) -> Result<Option<String>, ApiError> {
    params.only(&["cancellation_reason", "expand"])?;
    params.choice("cancellation_reason", &REASONS)
}

/// Cancels a PaymentIntent that has taken no money and is not about to.
pub(crate) fn cancel(tx: &mut Tx<'_>, id: &str, reason: Option<&str>) -> Result<Answer, Stop> {
    let mut intent = find(tx, id)?;
    if matches!(
        intent.status,
        Status::Succeeded | Status::Processing | Status::Canceled
    ) {
        let message = format!(
            "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action.",
            intent.status.as_str()
        );
        return Err(unexpected_state(&intent, message).into());
    }
    intent.status = Status::Canceled;
    intent.canceled_at = Some(tx.now());
    intent.cancellation_reason = reason.map(str::to_owned);
    intent.next_action = None;
    save_intent(tx, &intent, None)?;
    emit(tx, "payment_intent.canceled", &intent, None)?;
    Ok(Answer::ok(json(&intent)))
}
