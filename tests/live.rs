//! Live orders: every status once, in order, across reconnects and across subscribers who do not read (I5).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use serde_json::json;
use system_tests::{Shopper, Stage, Stream, key, search};

/// Reads events into `seen` until `status`.
async fn read_until(stream: &mut Stream, status: &str, seen: &mut BTreeMap<i64, String>) {
    loop {
        let event = stream.next().await.unwrap();
        let version = event.at("/orderEvents/version").as_i64().unwrap();
        let reached = event.text("/orderEvents/status");
        assert!(
            seen.insert(version, reached.clone()).is_none(),
            "version {version} came twice"
        );
        if reached == status {
            return;
        }
    }
}

system_tests::both!(who_comes_back_with_the_last_version_misses_nothing_and_sees_nothing_twice);

async fn who_comes_back_with_the_last_version_misses_nothing_and_sees_nothing_twice(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "coffee", 20).await;
    let shopper = Shopper::register(&client).await;
    let order = shopper.order(&found.variant, 1).await;
    let mut seen = BTreeMap::new();
    let mut stream = shopper.watch(&order, Some(0)).await;
    read_until(&mut stream, "AWAITING_PAYMENT", &mut seen).await;
    drop(stream);

    let payment = shopper.create_payment(&order).await;
    shopper
        .confirm(&payment, "pm_card_chargeDeclined", &key())
        .await;
    shopper.confirm(&payment, "pm_card_visa", &key()).await;
    shopper.wait_for(&order, "PAID").await;
    let last = seen.keys().last().copied();
    let mut stream = shopper.watch(&order, last).await;
    read_until(&mut stream, "PAID", &mut seen).await;
    let versions: Vec<i64> = seen.keys().copied().collect();
    let expected: Vec<i64> = (1..=i64::try_from(versions.len()).unwrap()).collect();
    assert_eq!(versions, expected, "{seen:?}");
    assert_eq!(seen[&1], "PENDING");
    shop.close().await;
}

system_tests::both!(a_newcomer_sees_the_present_first);

async fn a_newcomer_sees_the_present_first(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "coffee", 20).await;
    let shopper = Shopper::register(&client).await;
    let order = shopper.order(&found.variant, 1).await;
    shopper.wait_for(&order, "AWAITING_PAYMENT").await;
    let mut stream = shopper.watch(&order, None).await;
    let first = stream.next().await.unwrap();
    assert_eq!(first.at("/orderEvents/status"), "AWAITING_PAYMENT");
    assert_eq!(first.at("/orderEvents/snapshot"), true);
    shop.close().await;
}

system_tests::both!(an_operation_longer_than_what_a_subgraph_reads_at_once_is_read_whole);

async fn an_operation_longer_than_what_a_subgraph_reads_at_once_is_read_whole(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "coffee", 20).await;
    let shopper = Shopper::register(&client).await;
    let order = shopper.order(&found.variant, 1).await;
    shopper.wait_for(&order, "AWAITING_PAYMENT").await;
    // Each longer than the names of an answer that are kept.
    let aliases: Vec<String> = (10..60)
        .map(|number| format!("{}{number}", "alias".repeat(24)))
        .collect();
    let fields = aliases
        .iter()
        .map(|alias| format!("{alias}: status"))
        .collect::<Vec<_>>()
        .join(" ");
    let query =
        format!("subscription($order: ID!) {{ orderEvents(orderId: $order) {{ {fields} }} }}");
    assert!(query.len() > 6_000);
    let mut stream = shopper
        .client
        .subscribe(&query, json!({ "order": order }))
        .await;
    let first = stream.next().await.unwrap();
    for alias in &aliases {
        let status = first.text(&format!("/orderEvents/{alias}"));
        assert_eq!(status, "AWAITING_PAYMENT");
    }
    // The same as a query, whose answer comes from a subgraph in this process.
    let query = format!("query($order: ID!) {{ order(by: {{ id: $order }}) {{ {fields} }} }}");
    let shown = shopper
        .client
        .graphql(&query, json!({ "order": order }))
        .await;
    for alias in &aliases {
        assert_eq!(shown.text(&format!("/order/{alias}")), "AWAITING_PAYMENT");
    }
    shop.close().await;
}

system_tests::both!(who_does_not_read_harms_nobody_and_loses_nothing_in_silence);

async fn who_does_not_read_harms_nobody_and_loses_nothing_in_silence(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "coffee", 20).await;
    let shopper = Shopper::register(&client).await;
    let order = shopper.order(&found.variant, 1).await;
    let mut stalled = shopper.watch(&order, Some(0)).await;
    let mut reading = shopper.watch(&order, Some(0)).await;
    let payment = shopper.create_payment(&order).await;
    for _ in 0..40 {
        shopper
            .confirm(&payment, "pm_card_chargeDeclined", &key())
            .await;
    }
    shopper.confirm(&payment, "pm_card_visa", &key()).await;
    let mut seen = BTreeMap::new();
    read_until(&mut reading, "PAID", &mut seen).await;
    let expected: Vec<i64> = (1..=i64::try_from(seen.len()).unwrap()).collect();
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), expected);

    // Now the other one reads: it gets everything from the first version on, or the stream ends with a code to come back.
    let mut next = 1;
    while let Some(event) = stalled.next().await {
        if let Some(error) = event.errors().first() {
            assert_eq!(error["extensions"]["retryable"], true, "{event:?}");
            break;
        }
        assert_eq!(event.at("/orderEvents/version").as_i64(), Some(next));
        next += 1;
        if event.at("/orderEvents/status") == "PAID" {
            break;
        }
    }
    shop.close().await;
}

system_tests::both!(a_stream_ends_with_a_code_when_the_session_or_the_shop_ends);

async fn a_stream_ends_with_a_code_when_the_session_or_the_shop_ends(mut shop: Stage) {
    let client = shop.client();
    let found = search(&client, "coffee", 20).await;
    let shopper = Shopper::register(&client).await;
    let order = shopper.order(&found.variant, 1).await;
    shopper.wait_for(&order, "AWAITING_PAYMENT").await;
    let mut stream = shopper.watch(&order, None).await;
    stream.next().await.unwrap();
    let revoked = shopper
        .client
        .graphql(
            "mutation { revokeSessions(input: {}) { userErrors { message } } }",
            serde_json::Value::Null,
        )
        .await;
    assert!(revoked.errors().is_empty(), "{revoked:?}");
    assert_eq!(stream.next().await.unwrap().code(), "TOKEN_REVOKED");

    let shopper = Shopper::register(&client).await;
    let order = shopper.order(&found.variant, 1).await;
    shopper.wait_for(&order, "AWAITING_PAYMENT").await;
    let mut stream = shopper.watch(&order, None).await;
    stream.next().await.unwrap();
    shop.end_streams().await;
    assert_eq!(stream.next().await.unwrap().code(), "GOING_AWAY");
    shop.close().await;
}
