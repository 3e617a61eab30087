//! Stripe behind the port.

use std::collections::HashMap;

use async_trait::async_trait;
use clock::{Clock, Timestamp};
use payments_domain::{IntentState, IntentView, RefundView};
use serde::{Deserialize, Serialize};
use serving::StartError;
use stripe_client_core::{
    CustomizableStripeRequest, IdempotencyKey, RequestBuilder, RequestStrategy, StripeMethod,
    StripeRequest,
};
use stripe_core::{
    payment_intent::{
        CancelPaymentIntent, ConfirmPaymentIntent, CreatePaymentIntent,
        CreatePaymentIntentAutomaticPaymentMethods, ListPaymentIntent, RetrievePaymentIntent,
    },
    refund::{CreateRefund, ListRefund},
};
use stripe_shared::{ApiErrors, ApiErrorsType, PaymentIntent};
use stripe_types::{Currency, RangeBoundsTs, RangeQueryTs};
use uuid::Uuid;

use super::{
    client::{CallError, HttpClient},
    metrics::Metrics,
    port::{Gateway, GatewayError, Intent, MissedEvent, MissedEvents, NewIntent, NewRefund},
    views,
};
use crate::Config;

const PAGE: i64 = 100;
/// Pages that are read to find one intent.
const PAGES: usize = 5;
/// The events that are worth asking about.
const KINDS: [&str; 9] = [
    "payment_intent.created",
    "payment_intent.requires_action",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "refund.created",
    "refund.updated",
    "refund.failed",
];

/// Stripe, or whatever speaks its protocol at the configured address.
pub struct Stripe {
    client: HttpClient,
    return_url: String,
    metrics: Metrics,
}

impl Stripe {
    /// Makes ready for calls; none is made yet.
    pub fn new(
        config: &Config,
        clock: Clock,
        registry: &prometheus::Registry,
    ) -> Result<Self, StartError> {
        Ok(Self {
            client: HttpClient::new(config, clock)?,
            return_url: config.return_url.clone(),
            metrics: Metrics::register(registry)
                .map_err(|error| StartError::other("registering metrics of payments", error))?,
        })
    }
}

/// `GET /v1/events`, which async-stripe would read into objects of every kind there is.
#[derive(Serialize)]
struct MissedQuery<'q> {
    created: RangeBoundsTs,
    delivery_success: bool,
    limit: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    starting_after: Option<&'q str>,
    types: [&'q str; KINDS.len()],
}

#[derive(Deserialize)]
struct EventList {
    data: Vec<EventItem>,
    has_more: bool,
}

#[derive(Deserialize)]
struct EventItem {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: EventObject,
}

#[derive(Deserialize)]
struct EventObject {
    id: String,
    object: String,
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

impl From<EventItem> for MissedEvent {
    fn from(item: EventItem) -> Self {
        let object = item.data.object;
        let is_intent = object.object == "payment_intent";
        Self {
            id: item.id,
            kind: item.kind,
            payment_id: is_intent
                .then(|| views::uuid(object.metadata.get(views::PAYMENT_ID)))
                .flatten(),
            intent: if is_intent {
                Some(object.id)
            } else {
                object.payment_intent
            },
        }
    }
}

#[async_trait]
impl Gateway for Stripe {
    async fn create_intent(&self, new: &NewIntent) -> Result<Intent, GatewayError> {
        let request =
            CreatePaymentIntent::new(new.amount.units(), currency(new.amount.currency().code()))
                .automatic_payment_methods(CreatePaymentIntentAutomaticPaymentMethods::new(true))
                .metadata(HashMap::from([
                    (views::PAYMENT_ID.to_owned(), new.payment_id.to_string()),
                    (views::ORDER_ID.to_owned(), new.order_id.to_string()),
                ]));
        let call = async {
            let made = keyed(request.customize(), &new.key)?
                .send(&self.client)
                .await;
            made.map(shown).map_err(error)
        };
        self.metrics.count("create_intent", call).await
    }

    async fn find_intent(
        &self,
        payment_id: Uuid,
        since: Timestamp,
    ) -> Result<Option<Intent>, GatewayError> {
        let wanted = payment_id.to_string();
        let call = async {
            let mut list = ListPaymentIntent::new()
                .created(RangeQueryTs::gte(since.as_seconds()))
                .limit(PAGE);
            for _ in 0..PAGES {
                let page = list.send(&self.client).await.map_err(error)?;
                let last = page.data.last().map(|intent| intent.id.as_str().to_owned());
                let found = page
                    .data
                    .into_iter()
                    .find(|intent| intent.metadata.get(views::PAYMENT_ID) == Some(&wanted));
                match (found, last) {
                    (Some(intent), _) => return Ok(Some(shown(intent))),
                    (None, Some(last)) if page.has_more => list = list.starting_after(last),
                    _ => return Ok(None),
                }
            }
            Ok(None)
        };
        self.metrics.count("find_intent", call).await
    }

    async fn retrieve_intent(&self, intent: &str) -> Result<Intent, GatewayError> {
        let call = async {
            let request = RetrievePaymentIntent::new(intent);
            request.send(&self.client).await.map(shown).map_err(error)
        };
        self.metrics.count("retrieve_intent", call).await
    }

    async fn confirm_intent(
        &self,
        intent: &str,
        method: &str,
        key: &str,
    ) -> Result<Intent, GatewayError> {
        let request = ConfirmPaymentIntent::new(intent)
            .payment_method(method)
            .return_url(self.return_url.clone());
        let call = async {
            match keyed(request.customize(), key)?.send(&self.client).await {
                Ok(confirmed) => Ok(shown(confirmed)),
                Err(CallError::Refused(refusal, _)) => declined(intent, refusal),
                Err(other) => Err(error(other)),
            }
        };
        self.metrics.count("confirm_intent", call).await
    }

    async fn cancel_intent(&self, intent: &str, key: &str) -> Result<Intent, GatewayError> {
        let request = CancelPaymentIntent::new(intent);
        let call = async {
            match keyed(request.customize(), key)?.send(&self.client).await {
                Ok(cancelled) => Ok(shown(cancelled)),
                // It is cancelled, paid or under way already; its present state comes with the refusal.
                Err(CallError::Refused(mut refusal, status)) => match refusal.payment_intent.take()
                {
                    Some(intent) => Ok(shown(intent)),
                    None => Err(error(CallError::Refused(refusal, status))),
                },
                Err(other) => Err(error(other)),
            }
        };
        self.metrics.count("cancel_intent", call).await
    }

    async fn refund(&self, new: &NewRefund) -> Result<RefundView, GatewayError> {
        let request = CreateRefund::new()
            .payment_intent(new.intent.clone())
            .amount(new.amount.units())
            .metadata(HashMap::from([(
                views::REFUND_ID.to_owned(),
                new.refund_id.to_string(),
            )]));
        let call = async {
            let made = keyed(request.customize(), &new.key)?
                .send(&self.client)
                .await;
            made.map(|refund| views::refund(&refund)).map_err(error)
        };
        self.metrics.count("refund", call).await
    }

    async fn refunds(&self, intent: &str) -> Result<Vec<RefundView>, GatewayError> {
        let call = async {
            let request = ListRefund::new().payment_intent(intent).limit(PAGE);
            let page = request.send(&self.client).await.map_err(error)?;
            Ok(page.data.iter().rev().map(views::refund).collect())
        };
        self.metrics.count("refunds", call).await
    }

    async fn missed_events(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
    ) -> Result<MissedEvents, GatewayError> {
        let created = RangeBoundsTs {
            gte: Some(since.as_seconds()),
            lte: Some(until.as_seconds()),
            ..RangeBoundsTs::default()
        };
        let query = MissedQuery {
            created,
            delivery_success: false,
            limit: PAGE,
            starting_after: after,
            types: KINDS,
        };
        let request = RequestBuilder::new(StripeMethod::Get, "/events").query(&query);
        let call = async {
            let body = self.client.call(&request, None).await.map_err(error)?;
            let list: EventList = serde_json::from_slice(&body).map_err(|cause| {
                GatewayError::Unavailable(format!("unreadable list of events: {cause}"))
            })?;
            Ok(MissedEvents {
                events: list.data.into_iter().map(MissedEvent::from).collect(),
                more: list.has_more,
            })
        };
        self.metrics.count("missed_events", call).await
    }
}

fn keyed<T>(
    request: CustomizableStripeRequest<T>,
    key: &str,
) -> Result<CustomizableStripeRequest<T>, GatewayError> {
    let key =
        IdempotencyKey::new(key).map_err(|error| GatewayError::Unavailable(error.to_string()))?;
    Ok(request.request_strategy(RequestStrategy::Idempotent(key)))
}

/// Stripe writes currencies in small letters.
fn currency(code: &str) -> Currency {
    let Ok(currency) = code.to_lowercase().parse();
    currency
}

fn shown(intent: PaymentIntent) -> Intent {
    Intent {
        view: views::intent(&intent),
        client_secret: intent.client_secret,
    }
}

/// A refusal to confirm. With a card error the attempt was made and failed; with the intent beside the refusal,
/// the intent says how it stands.
fn declined(intent: &str, mut refusal: Box<ApiErrors>) -> Result<Intent, GatewayError> {
    let shown_intent = refusal.payment_intent.take().map(shown);
    let failed = refusal.type_ == ApiErrorsType::CardError;
    match shown_intent {
        Some(shown) if !failed || shown.view.state != (IntentState::Open { failure: None }) => {
            Ok(shown)
        }
        other if failed => Ok(Intent {
            view: IntentView {
                id: intent.to_owned(),
                state: IntentState::Open {
                    failure: Some(views::failure(&refusal, None)),
                },
            },
            client_secret: other.and_then(|shown| shown.client_secret),
        }),
        _ => Err(error(CallError::Refused(refusal, 400))),
    }
}

fn error(error: CallError) -> GatewayError {
    match error {
        CallError::Refused(refusal, status) => GatewayError::Refused {
            code: views::code(&refusal),
            message: refusal
                .message
                .unwrap_or_else(|| format!("status {status}")),
        },
        CallError::Unavailable(reason) => GatewayError::Unavailable(reason),
    }
}
