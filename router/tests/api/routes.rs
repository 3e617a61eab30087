//! What is not GraphQL.

use fault::Code;
use serde_json::{Value, json};

use crate::{
    shop::{BOTH, Shop, code},
    subgraphs::{ARRIVED, GATE},
};

#[tokio::test(flavor = "multi_thread")]
async fn health() {
    let shop = Shop::open(BOTH[0]).await;
    let live = shop
        .http
        .get(shop.url("/health/live"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (live.status().as_u16(), live.text().await.unwrap().as_str()),
        (200, "ok\n")
    );
    let ready = shop
        .http
        .get(shop.url("/health/ready"))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 200);
    let report: Value = ready.json().await.unwrap();
    assert_eq!(
        report,
        json!({ "ready": true, "degraded": false, "checks": [{ "name": "cellar", "ok": true, "says": "dry" }] })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_of_others_get_the_body_untouched_and_bounded() {
    let shop = Shop::open(BOTH[0]).await;
    let body: Vec<u8> = (0..=255).collect();
    let post = |body: Vec<u8>| {
        let request = shop
            .http
            .post(shop.url("/webhooks/echo"))
            .header("x-signature", "s=1,t=2");
        request.body(body).send()
    };
    let response = post(body.clone()).await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(response.headers()["x-signature"], "s=1,t=2");
    assert_eq!(response.headers()["x-address"], "127.0.0.1");
    assert_eq!(response.bytes().await.unwrap(), body);
    let response = post(vec![0; 1_001]).await.unwrap();
    assert_eq!(response.status(), 413);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(code(&answer), Code::TooLarge);
    let wrong = shop
        .http
        .get(shop.url("/webhooks/echo"))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 404);
    let below = shop
        .http
        .post(shop.url("/webhooks/echo/x"))
        .send()
        .await
        .unwrap();
    assert_eq!(below.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_are_finished_when_the_router_stops() {
    let shop = Shop::open(BOTH[0]).await;
    let address = shop.address;
    let under_way = tokio::spawn(shop.post("{ gated }").send());
    ARRIVED.notified().await;
    shop.shutdown.cancel();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        assert!(
            std::time::Instant::now() < deadline,
            "still lets clients in"
        );
    }
    GATE.notify_one();
    let answer: Value = under_way.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer, json!({ "data": { "gated": true } }));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_are_refused_at_start() {
    let parsed: Result<router::RouterConfig, _> =
        toml::from_str(&format!("{}\nsurprise = 1\n", router::DEFAULTS));
    assert!(parsed.is_err(), "unknown keys are refused");
    let text = router::DEFAULTS.replace("trusted = []", "trusted = [\"10.0.0.0/40\"]");
    let error = toml::from_str::<router::RouterConfig>(&text).unwrap_err();
    assert!(error.to_string().contains("10.0.0.0/40"), "{error}");
}
