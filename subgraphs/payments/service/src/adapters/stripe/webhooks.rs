//! Reads Stripe's webhooks: whether they are Stripe's, and what they tell.
//! <https://docs.stripe.com/webhooks/signature>

use clock::Timestamp;
use payments_domain::{IntentView, RefundView};
use serving::config::Secret;
use stripe_shared::PaymentIntent;
use stripe_webhook::{Event, EventObject, Webhook, WebhookError};
use uuid::Uuid;

use super::views;

/// A webhook that Stripe signed.
#[derive(Debug)]
pub(crate) struct Notice {
    /// The id of the event; a repetition keeps it.
    pub(crate) id: String,
    /// Its type, such as `payment_intent.succeeded`.
    pub(crate) kind: String,
    /// What it tells.
    pub(crate) news: News,
}

/// What a webhook tells, as it was at some time.
#[derive(Debug)]
pub(crate) enum News {
    /// How an intent stood, and the payment that it says it is of.
    Intent(IntentView, Option<Uuid>),
    /// How a refund of this intent stood.
    Refund(String, RefundView),
    /// Nothing that matters here.
    Nothing,
}

/// Why a webhook is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoticeRefused {
    /// It is not signed with any of our secrets, or at another time than now.
    #[error("the signature is not good")]
    Signature,
    /// It is signed and cannot be read.
    #[error("the event cannot be read: {0}")]
    Unreadable(String),
}

/// Reads a webhook if it is signed with one of `secrets` less than 300 s before or after `now`.
pub(crate) fn read_notice(
    payload: &str,
    signature: &str,
    secrets: &[Secret],
    now: Timestamp,
) -> Result<Notice, NoticeRefused> {
    for secret in secrets {
        let read = Webhook::construct_event_with_timestamp(
            payload,
            signature,
            secret.reveal(),
            now.as_seconds(),
        );
        match read {
            Ok(event) => return Ok(notice(event)),
            Err(WebhookError::BadParse(reason)) => return Err(NoticeRefused::Unreadable(reason)),
            Err(_) => {}
        }
    }
    Err(NoticeRefused::Signature)
}

fn notice(event: Event) -> Notice {
    let news = match event.data.object {
        EventObject::PaymentIntentCreated(intent)
        | EventObject::PaymentIntentRequiresAction(intent)
        | EventObject::PaymentIntentProcessing(intent)
        | EventObject::PaymentIntentPaymentFailed(intent)
        | EventObject::PaymentIntentSucceeded(intent)
        | EventObject::PaymentIntentCanceled(intent) => intent_news(&intent),
        EventObject::RefundCreated(refund)
        | EventObject::RefundUpdated(refund)
        | EventObject::RefundFailed(refund) => match &refund.payment_intent {
            Some(intent) => News::Refund(intent.id().as_str().to_owned(), views::refund(&refund)),
            None => News::Nothing,
        },
        _ => News::Nothing,
    };
    Notice {
        id: event.id.as_str().to_owned(),
        kind: event.type_.as_str().to_owned(),
        news,
    }
}

fn intent_news(intent: &PaymentIntent) -> News {
    let payment_id = views::uuid(intent.metadata.get(views::PAYMENT_ID));
    News::Intent(views::intent(intent), payment_id)
}
