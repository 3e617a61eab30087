//! Clocks that are minutes apart: webhooks are refused for their time, and what they told is found out by asking.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use bytes::Bytes as Body;
use http::Request;
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::net::TcpListener;

use crate::{
    shop::{Shop, WEBHOOK_SECRET, post as go},
    webhooks::signed,
};

/// Signs webhooks as a provider does whose clock is off, and passes them on.
struct Skewed {
    to: String,
    now: Box<dyn Fn() -> i64 + Send + Sync>,
    refused: AtomicU32,
}

async fn pass_on(State(skewed): State<Arc<Skewed>>, body: Bytes) -> StatusCode {
    let text = std::str::from_utf8(&body).unwrap();
    let header = signed(text, WEBHOOK_SECRET, (skewed.now)());
    let request = Request::post(&skewed.to)
        .header("stripe-signature", header)
        .body(Full::new(Body::from(text.to_owned())))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let status = client.request(request).await.unwrap().status();
    if status == StatusCode::BAD_REQUEST {
        skewed.refused.fetch_add(1, Ordering::SeqCst);
    }
    status
}

/// A shop that hears of everything from a clock that is `seconds` ahead of its own.
async fn shop_apart(seconds: i64) -> (Shop, Arc<Skewed>) {
    let shop = Shop::deaf().await;
    let clock = shop.app.clock.clone();
    let skewed = Arc::new(Skewed {
        to: shop.webhooks.clone(),
        now: Box::new(move || clock.now().as_seconds() + seconds),
        refused: AtomicU32::new(0),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/", post(pass_on))
        .with_state(Arc::clone(&skewed));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    shop.stripe.set_webhook_url(&url).unwrap();
    (shop, skewed)
}

#[tokio::test]
async fn webhooks_refused_for_their_time_are_healed_by_the_reconciler() {
    for seconds in [-330, 330] {
        let (shop, skewed) = shop_apart(seconds).await;
        let customer = shop.customer().await;
        let payment = shop.created(&customer).await;
        let answer = shop
            .confirm(
                &customer.viewer,
                &payment,
                "pm_card_threeDSecure2Required",
                shop.app.clock.id(),
            )
            .await;
        let bank = answer.text("/confirmPayment/payment/nextAction/url");
        go(&format!("{bank}/complete")).await;
        testkit::until("the refusal of a webhook", async || {
            (skewed.refused.load(Ordering::SeqCst) > 0).then_some(())
        })
        .await;
        let seen = shop.look(&customer, &payment).await;
        assert_eq!(seen["status"], "REQUIRES_ACTION");
        shop.until_status(&customer, &payment, "SUCCEEDED").await;
        assert_eq!(
            shop.announced().await,
            ["payment.created.v1", "payment.succeeded.v1"],
            "{seconds} s"
        );
    }
}

#[tokio::test]
async fn money_given_back_behind_our_back_is_found_although_its_webhooks_are_refused() {
    let (shop, skewed) = shop_apart(-330).await;
    let customer = shop.customer().await;
    let payment = shop.paid(&customer).await;
    let intent = shop.intent().await["id"].as_str().unwrap().to_owned();
    shop.post_to_stripe("/refunds", &format!("payment_intent={intent}&amount=999"))
        .await;
    testkit::until("the refusal of webhooks", async || {
        (skewed.refused.load(Ordering::SeqCst) > 0).then_some(())
    })
    .await;
    // A payment that is over is asked for no more by itself; the provider's list of what it could not deliver tells.
    testkit::until("the refund", async || {
        shop.run_job("payments.catch_up").await;
        let seen = shop.look(&customer, &payment).await;
        (seen["refunded"]["units"] == 999).then_some(())
    })
    .await;
    shop.app.ignore_events().await;
}
