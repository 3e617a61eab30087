//! Stripe's objects in the domain's terms.

use payments_domain::{Failure, IntentState, IntentView, RefundState, RefundView};
use stripe_shared::{ApiErrors, PaymentIntent, PaymentIntentStatus, Refund};
use uuid::Uuid;

/// The metadata key under which an intent names its payment.
pub(super) const PAYMENT_ID: &str = "payment_id";
/// The metadata key under which an intent names its order.
pub(super) const ORDER_ID: &str = "order_id";
/// The metadata key under which a refund names itself.
pub(super) const REFUND_ID: &str = "refund_id";

/// <https://docs.stripe.com/payments/paymentintents/lifecycle>
pub(super) fn intent(intent: &PaymentIntent) -> IntentView {
    let charge = intent
        .latest_charge
        .as_ref()
        .map(|charge| charge.id().as_str());
    let state = match &intent.status {
        PaymentIntentStatus::RequiresPaymentMethod | PaymentIntentStatus::RequiresConfirmation => {
            IntentState::Open {
                failure: intent
                    .last_payment_error
                    .as_ref()
                    .map(|error| failure(error, charge)),
            }
        }
        PaymentIntentStatus::RequiresAction => IntentState::RequiresAction {
            url: intent
                .next_action
                .as_ref()
                .and_then(|action| action.redirect_to_url.as_ref())
                .and_then(|redirect| redirect.url.clone()),
        },
        PaymentIntentStatus::Succeeded => IntentState::Succeeded,
        PaymentIntentStatus::Canceled => IntentState::Cancelled,
        // Intents of ours are captured by Stripe itself, so one that waits for it is on its way.
        _ => IntentState::Processing,
    };
    IntentView {
        id: intent.id.as_str().to_owned(),
        state,
    }
}

/// Why an attempt failed. Each attempt that reached a card has a charge of its own, each one that did not has
/// a payment method of its own.
pub(super) fn failure(error: &ApiErrors, charge: Option<&str>) -> Failure {
    let code = code(error);
    let method = error
        .payment_method
        .as_ref()
        .map(|method| method.id.as_str());
    let decline_code = error.decline_code.clone();
    Failure {
        reference: format!(
            "{}|{}|{code}|{}",
            error.charge.as_deref().or(charge).unwrap_or_default(),
            method.unwrap_or_default(),
            decline_code.as_deref().unwrap_or_default()
        ),
        message: error
            .message
            .clone()
            .unwrap_or_else(|| "The payment failed.".to_owned()),
        decline_code,
        code,
    }
}

/// The error's code, or its type where it has none.
pub(super) fn code(error: &ApiErrors) -> String {
    error
        .code
        .as_ref()
        .map_or_else(|| error.type_.to_string(), ToString::to_string)
}

pub(super) fn refund(refund: &Refund) -> RefundView {
    RefundView {
        provider_id: refund.id.as_str().to_owned(),
        ours: refund
            .metadata
            .as_ref()
            .and_then(|metadata| uuid(metadata.get(REFUND_ID))),
        units: refund.amount,
        state: match refund.status.as_deref() {
            Some("succeeded") => RefundState::Succeeded,
            Some("failed" | "canceled") => RefundState::Failed,
            _ => RefundState::Pending,
        },
    }
}

pub(super) fn uuid(text: Option<&String>) -> Option<Uuid> {
    text.and_then(|text| text.parse().ok())
}
