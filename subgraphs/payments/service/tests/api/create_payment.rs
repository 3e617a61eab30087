//! `createPayment`.

use futures::future::join_all;
use identity::Viewer;
use serde_json::json;
use serving::graphql::global_id;
use stripe_emulator::ApiSwitches;

use crate::shop::{Customer, Shop, TOTAL, refusals};

#[tokio::test]
async fn opens_the_payment_at_stripe() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let answer = shop.create(&customer, shop.app.clock.id()).await;
    let payment = answer.at("/createPayment/payment");
    assert_eq!(payment["status"], "CREATED");
    assert_eq!(payment["amount"]["units"], TOTAL);
    assert_eq!(payment["publishableKey"], "pk_test_shop");
    assert_eq!(answer.at("/createPayment/replayed"), false);
    let intent = shop.intent().await;
    assert_eq!(payment["clientSecret"], intent["client_secret"]);
    assert_eq!(
        (&intent["amount"], &intent["currency"]),
        (&json!(TOTAL), &json!("usd"))
    );
    assert_eq!(
        intent["metadata"]["order_id"],
        customer.order_id.to_string()
    );
    assert_eq!(shop.announced().await, ["payment.created.v1"]);
}

#[tokio::test]
async fn fifty_calls_with_one_key_make_one_payment() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let key = shop.app.clock.id();
    let answers = join_all((0..50).map(|_| shop.create(&customer, key))).await;
    let secret = shop.intent().await["client_secret"].clone();
    for answer in &answers {
        assert_eq!(answer.at("/createPayment/payment/status"), "CREATED");
        assert_eq!(answer.at("/createPayment/payment/clientSecret"), &secret);
    }
    let first = answers
        .iter()
        .filter(|answer| answer.at("/createPayment/replayed") == false);
    assert_eq!(first.count(), 1);
    assert_eq!(shop.announced().await, ["payment.created.v1"]);
}

#[tokio::test]
async fn another_key_shows_the_same_payment() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let first = shop.created(&customer).await;
    let again = shop.create(&customer, shop.app.clock.id()).await;
    assert_eq!(again.text("/createPayment/payment/id"), first);
    assert!(again.at("/createPayment/payment/clientSecret").is_string());
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn a_key_with_another_order_is_a_conflict() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let key = shop.app.clock.id();
    shop.create(&customer, key).await;
    let other = Customer {
        order_id: shop.app.clock.id(),
        ..customer
    };
    shop.await_payment(&other).await;
    let answer = shop.create(&other, key).await;
    assert_eq!(refusals(&answer, "createPayment"), ["IdempotencyConflict"]);
    shop.intent().await;
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn whose_order_is_not_theirs_finds_nothing() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let stranger = Customer {
        viewer: testkit::customer(shop.app.clock.id()),
        ..customer
    };
    assert_eq!(
        shop.create(&stranger, shop.app.clock.id()).await.code(),
        "NOT_FOUND"
    );
    let staff = Customer {
        viewer: testkit::staff(),
        ..stranger
    };
    assert_eq!(
        shop.create(&staff, shop.app.clock.id()).await.code(),
        "NOT_FOUND"
    );
    let nobody = Customer {
        viewer: Viewer::Anonymous,
        ..staff
    };
    assert_eq!(
        shop.create(&nobody, shop.app.clock.id()).await.code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(shop.stripe("/payment_intents").await["data"], json!([]));
}

#[tokio::test]
async fn wrong_inputs_are_refused() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    let document =
        "mutation($input: CreatePaymentInput!) { createPayment(input: $input) { payment { id }
        userErrors { __typename ... on InvalidInput { path } } } }";
    let order = global_id::encode("Order", customer.order_id);
    let send = |order: String, key: &str| {
        let input = json!({ "input": { "orderId": order, "idempotencyKey": key } });
        async { shop.send(document, input, &customer.viewer).await }
    };
    let answer = send(order.to_string(), "soon").await;
    assert_eq!(
        answer.at("/createPayment/userErrors/0/path"),
        &json!(["idempotencyKey"])
    );
    let product = global_id::encode("Product", customer.order_id);
    for id in [product.to_string(), String::new(), "☃".repeat(5_000)] {
        let key = shop.app.clock.id().to_string();
        assert_eq!(send(id, &key).await.code(), "INVALID_INPUT");
    }
}

#[tokio::test]
async fn waits_for_an_order_that_is_on_its_way() {
    let shop = Shop::open().await;
    let id = shop.app.clock.id();
    let customer = Customer {
        id,
        viewer: testkit::customer(id),
        order_id: shop.app.clock.id(),
    };
    let (answer, ()) = futures::join!(
        shop.create(&customer, shop.app.clock.id()),
        shop.await_payment(&customer)
    );
    assert_eq!(answer.at("/createPayment/payment/status"), "CREATED");
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn an_order_that_has_ended_cannot_be_paid() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    shop.expire(&customer).await;
    let key = shop.app.clock.id();
    for replayed in [false, true] {
        let answer = shop.create(&customer, key).await;
        assert_eq!(refusals(&answer, "createPayment"), ["PaymentNotPossible"]);
        assert_eq!(answer.at("/createPayment/userErrors/0/reason"), "ENDED");
        assert_eq!(answer.at("/createPayment/payment/status"), "CANCELLED");
        assert_eq!(answer.at("/createPayment/replayed"), replayed);
    }
    assert_eq!(shop.announced().await, ["payment.cancelled.v1"]);
}

#[tokio::test]
async fn stripe_that_is_down_is_unavailable_and_the_same_key_goes_on() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let key = shop.app.clock.id();
    shop.disturb_api(ApiSwitches {
        fail_before: 2,
        only: "POST /v1/payment_intents".to_owned(),
        ..ApiSwitches::default()
    });
    let answer = shop.create(&customer, key).await;
    assert_eq!(answer.code(), "UNAVAILABLE");
    assert_eq!(answer.errors()[0]["extensions"]["retryable"], true);
    let answer = shop.create(&customer, key).await;
    assert_eq!(answer.at("/createPayment/payment/status"), "CREATED");
    assert_eq!(answer.at("/createPayment/replayed"), true);
    shop.intent().await;
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn an_intent_whose_answer_was_lost_is_found_again() {
    for api in [
        ApiSwitches {
            fail_after: 1,
            ..ApiSwitches::default()
        },
        ApiSwitches {
            cut_after: 1,
            ..ApiSwitches::default()
        },
    ] {
        let shop = Shop::deaf().await;
        let customer = shop.customer().await;
        shop.disturb_api(ApiSwitches {
            only: "POST /v1/payment_intents".to_owned(),
            ..api
        });
        shop.created(&customer).await;
        shop.intent().await;
        assert_eq!(shop.announced().await, ["payment.created.v1"]);
    }
}

#[tokio::test]
async fn what_stripe_does_not_take_is_told_and_not_tried_again() {
    let shop = Shop::deaf().await;
    let id = shop.app.clock.id();
    let customer = Customer {
        id,
        viewer: testkit::customer(id),
        order_id: shop.app.clock.id(),
    };
    shop.await_amount(&customer, 1).await;
    let key = shop.app.clock.id();
    for _ in 0..2 {
        let answer = shop.create(&customer, key).await;
        assert_eq!(refusals(&answer, "createPayment"), ["PaymentNotPossible"]);
        assert_eq!(
            answer.at("/createPayment/userErrors/0/reason"),
            "REFUSED_BY_PROVIDER"
        );
        shop.run_job("payments.reconcile").await;
    }
    shop.expire(&customer).await;
    assert_eq!(shop.announced().await, ["payment.cancelled.v1"]);
}
