//! The client that payments has: what it sends is in the table, and what stripe-mock answers it understands.

use std::collections::BTreeSet;

use clock::{Clock, Timestamp};
use money::{Currency, Money};
use payments::{Config, Gateway, NewIntent, NewRefund, Payments, Stripe};
use prometheus::Registry;
use serving::{Subgraph, config::Settings};
use uuid::Uuid;

use crate::{
    provider::{SECRET_KEY, emulator},
    recorder::{Recorder, Sent, shape},
    table::TABLE,
};

/// Payments' client for the provider at this URL; nothing but the URL says which one that is.
fn client(url: &str) -> Stripe {
    let config: Config = Settings::default()
        .with("payments", "api_url", url)
        .with("payments", "secret_key", SECRET_KEY)
        .with("payments", "call_attempts", 1)
        .section(Payments::NAME, Payments::DEFAULTS)
        .unwrap();
    Stripe::new(&config, Clock::system(), &Registry::new()).unwrap()
}

fn amount(units: i64) -> Money {
    Money::new(units, Currency::USD)
}

/// Makes every call there is; each one has to be accepted and its answer understood. Returns the id of the intent
/// that was created and the one that was found.
async fn everything(stripe: &Stripe, clock: &Clock) -> (String, Option<String>) {
    let now = clock.now();
    let long_ago = Timestamp::from_millis(0);
    let new = |payment_id: Uuid| NewIntent {
        payment_id,
        order_id: clock.id(),
        amount: amount(4_999),
        key: format!("create {payment_id}"),
    };
    let payment_id = clock.id();
    let made = stripe.create_intent(&new(payment_id)).await.unwrap();
    assert!(made.client_secret.is_some());
    let intent = made.view.id;
    let found = stripe.find_intent(payment_id, long_ago).await.unwrap();
    stripe.retrieve_intent(&intent).await.unwrap();
    stripe
        .confirm_intent(&intent, "pm_card_visa", "confirm 1")
        .await
        .unwrap();
    let refund = NewRefund {
        intent: intent.clone(),
        refund_id: clock.id(),
        amount: amount(999),
        key: format!("refund {payment_id}"),
    };
    let refunded = stripe.refund(&refund).await.unwrap();
    assert_eq!(refunded.units, 999);
    assert!(!stripe.refunds(&intent).await.unwrap().is_empty());
    stripe.missed_events(long_ago, now, None).await.unwrap();
    let other = stripe.create_intent(&new(clock.id())).await.unwrap();
    stripe
        .cancel_intent(&other.view.id, "cancel 1")
        .await
        .unwrap();
    (intent, found.map(|found| found.view.id))
}

#[tokio::test]
async fn what_payments_sends_is_what_the_table_has() {
    let (provider, (emulator, _folder)) = emulator().await;
    let recorder = Recorder::before(&provider.url).await;
    let (stripe, clock) = (client(&recorder.url), Clock::system());
    let (created, found) = everything(&stripe, &clock).await;
    assert_eq!(Some(created), found);
    // The pages after the first one.
    let (_, events) = provider.send("GET", "/v1/events", &[]).await;
    let last = events["data"][0]["id"].as_str().unwrap();
    let ago = Timestamp::from_millis(0);
    stripe
        .missed_events(ago, clock.now(), Some(last))
        .await
        .unwrap();
    for _ in 0..101 {
        provider.ids().await;
    }
    let nobody = stripe.find_intent(Uuid::nil(), ago).await.unwrap();
    assert!(nobody.is_none());
    let sent: BTreeSet<Sent> = recorder.sent().into_iter().collect();
    let table: BTreeSet<Sent> = TABLE
        .iter()
        .filter(|row| row.sent)
        .map(|row| {
            let mut names: Vec<String> = row
                .parameters
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect();
            names.sort();
            (row.method.to_owned(), shape(row.path), names)
        })
        .collect();
    assert_eq!(sent, table);
    emulator.shutdown().await;
}

#[tokio::test]
async fn payments_works_with_stripe_mock_by_its_url_alone() {
    let Some(url) = testkit::server("EMPORIUM_TEST_STRIPE_MOCK") else {
        return;
    };
    let clock = Clock::system();
    everything(&client(&url), &clock).await;
}
