//! With the client library that shops use: every answer has to fit its types.

use std::collections::HashMap;

use futures::TryStreamExt;
use stripe::{
    ApiErrorsCode, ApiErrorsType, Client, ClientBuilder, IdempotencyKey, RequestStrategy,
    StripeError, StripeRequest,
};
use stripe_core::payment_intent::{
    CancelPaymentIntent, ConfirmPaymentIntent, CreatePaymentIntent,
    CreatePaymentIntentAutomaticPaymentMethods,
    CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects, ListPaymentIntent,
    RetrievePaymentIntent,
};
use stripe_core::refund::{CreateRefund, ListRefund, RetrieveRefund};
use stripe_shared::{Charge, Event, PaymentIntent, PaymentIntentStatus, PaymentMethod};
use stripe_types::{Currency, List};

use crate::shop::{SECRET_KEY, Shop};

fn client(shop: &Shop) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    ClientBuilder::new(SECRET_KEY)
        .url(shop.emulator.url())
        .build()
        .unwrap()
}

fn new() -> CreatePaymentIntent {
    let automatic = CreatePaymentIntentAutomaticPaymentMethods {
        allow_redirects: Some(CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects::Never),
        enabled: true,
    };
    CreatePaymentIntent::new(4_200, Currency::USD)
        .automatic_payment_methods(automatic)
        .metadata(HashMap::from([("order_id".to_owned(), "o & 1".to_owned())]))
}

#[tokio::test]
async fn a_payment_from_creation_to_refund() {
    let shop = Shop::open().await;
    let client = client(&shop);
    let key = || RequestStrategy::Idempotent(IdempotencyKey::new("create").unwrap());
    let created = new()
        .customize()
        .request_strategy(key())
        .send(&client)
        .await
        .unwrap();
    let again = new()
        .customize()
        .request_strategy(key())
        .send(&client)
        .await
        .unwrap();
    assert_eq!(created.id, again.id);
    assert_eq!(created.status, PaymentIntentStatus::RequiresPaymentMethod);
    assert_eq!(created.metadata["order_id"], "o & 1");

    let declined = ConfirmPaymentIntent::new(created.id.clone())
        .payment_method("pm_card_chargeDeclinedInsufficientFunds")
        .send(&client)
        .await;
    let Err(StripeError::Stripe(error, 402)) = declined else {
        panic!("not declined");
    };
    assert_eq!(error.type_, ApiErrorsType::CardError);
    assert_eq!(error.code, Some(ApiErrorsCode::CardDeclined));
    assert_eq!(error.decline_code.as_deref(), Some("insufficient_funds"));
    assert!(error.payment_method.is_some());
    assert_eq!(error.payment_intent.unwrap().id, created.id);

    let paid = ConfirmPaymentIntent::new(created.id.clone())
        .payment_method("pm_card_visa")
        .expand(["latest_charge".to_owned()])
        .send(&client)
        .await
        .unwrap();
    assert_eq!(paid.status, PaymentIntentStatus::Succeeded);
    let charge: Charge = paid.latest_charge.unwrap().into_object().unwrap();
    assert_eq!(charge.amount_captured, 4_200);
    assert!(charge.payment_method_details.unwrap().card.is_some());

    let refund = CreateRefund::new()
        .payment_intent(created.id.as_str())
        .amount(1_200)
        .send(&client)
        .await
        .unwrap();
    assert_eq!(refund.status.as_deref(), Some("succeeded"));
    let found = RetrieveRefund::new(refund.id.clone())
        .send(&client)
        .await
        .unwrap();
    assert_eq!(found.amount, 1_200);
    let refunds = ListRefund::new()
        .payment_intent(created.id.as_str())
        .send(&client)
        .await
        .unwrap();
    assert_eq!(refunds.data.len(), 1);
    let retrieved = RetrievePaymentIntent::new(created.id.clone())
        .expand(["latest_charge".to_owned()])
        .send(&client)
        .await
        .unwrap();
    let charge = retrieved.latest_charge.unwrap().into_object().unwrap();
    assert_eq!((charge.amount_refunded, charge.refunded), (1_200, false));
}

#[tokio::test]
async fn every_state_fits_the_types() {
    let shop = Shop::open().await;
    let client = client(&shop);
    let confirm = async |method: &str| {
        let intent = new().send(&client).await.unwrap();
        ConfirmPaymentIntent::new(intent.id)
            .payment_method(method)
            .send(&client)
            .await
            .unwrap()
    };
    let asked = Box::pin(confirm("pm_card_threeDSecure2Required")).await;
    assert_eq!(asked.status, PaymentIntentStatus::RequiresAction);
    let url = asked
        .next_action
        .unwrap()
        .redirect_to_url
        .unwrap()
        .url
        .unwrap();
    assert!(url.ends_with(asked.id.as_str()));
    assert_eq!(
        Box::pin(confirm("pm_usBankAccount")).await.status,
        PaymentIntentStatus::Processing
    );
    let canceled = new().send(&client).await.unwrap();
    let canceled = CancelPaymentIntent::new(canceled.id)
        .send(&client)
        .await
        .unwrap();
    assert_eq!(canceled.status, PaymentIntentStatus::Canceled);
    let missing = RetrievePaymentIntent::new("pi_nothing").send(&client).await;
    let Err(StripeError::Stripe(error, 404)) = missing else {
        panic!("not missing");
    };
    assert_eq!(error.code, Some(ApiErrorsCode::ResourceMissing));

    for _ in 0..7 {
        new().send(&client).await.unwrap();
    }
    let pages = ListPaymentIntent::new().limit(3).paginate();
    let all: Vec<PaymentIntent> = pages.stream(&client).try_collect().await.unwrap();
    assert_eq!(all.len(), 10);

    let events: List<Event> = read(&shop.client.get("/v1/events?limit=100").await.ok());
    assert!(events.data.len() >= 14);
    let method = shop.client.get("/v1/payment_methods/pm_sepaDebit");
    let method: PaymentMethod = read(&method.await.ok());
    assert!(method.sepa_debit.is_some());
}

/// An object as async-stripe reads it.
fn read<T: miniserde::Deserialize>(json: &serde_json::Value) -> T {
    miniserde::json::from_str(&json.to_string()).unwrap()
}
