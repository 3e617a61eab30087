//! What browsers do: CORS, cross-site requests, the playground, headers.

use fault::Code;
use serde_json::Value;

use crate::shop::{BOTH, Shop, code};

const QUERY: &str = "{ newestReview { number } }";

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_allowed_origins_may_read_answers() {
    let shop = Shop::with(BOTH[0], |config| {
        config.cors.origins = vec!["https://shop.example".to_owned()];
    })
    .await;
    for (origin, allowed) in [
        ("https://shop.example", true),
        ("http://localhost:5173", true),
        ("http://127.0.0.1:3000", true),
        ("https://evil.example", false),
        ("http://localhost.evil.example", false),
        ("null", false),
    ] {
        let preflight = shop
            .http
            .request(reqwest::Method::OPTIONS, shop.url("/graphql"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "content-type,authorization",
            )
            .send()
            .await
            .unwrap();
        let answers = shop
            .post(QUERY)
            .header("origin", origin)
            .send()
            .await
            .unwrap();
        let refused = shop
            .post("{")
            .header("origin", origin)
            .send()
            .await
            .unwrap();
        for response in [&preflight, &answers, &refused] {
            let said = response.headers().get("access-control-allow-origin");
            assert_eq!(
                said.is_some_and(|said| said == origin),
                allowed,
                "{origin}: {said:?}"
            );
            assert_eq!(
                response.headers().get("access-control-allow-credentials"),
                None
            );
        }
        if allowed {
            assert!(preflight.status().is_success());
            let headers = preflight.headers()["access-control-allow-headers"]
                .to_str()
                .unwrap();
            assert!(headers.contains("authorization"), "{headers}");
        }
    }
    let local = Shop::with(BOTH[0], |config| config.cors.localhost = false).await;
    let answer = local
        .post(QUERY)
        .header("origin", "http://localhost:3000")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers().get("access-control-allow-origin"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_form_cannot_send_operations() {
    let shop = Shop::open(BOTH[0]).await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let request = shop
            .http
            .post(shop.url("/graphql"))
            .header("content-type", kind);
        let response = request
            .body(format!("{{\"query\":\"{QUERY}\"}}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 403, "{kind}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(code(&answer), Code::Forbidden);
    }
    let get = || {
        shop.http
            .get(shop.url("/graphql"))
            .query(&[("query", QUERY)])
    };
    assert_eq!(get().send().await.unwrap().status(), 403);
    let asked = get().header("x-emporium-csrf", "1").send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let mutation = [("query", "mutation { rename(id: 1, name: \"x\") { id } }")];
    let request = shop
        .http
        .get(shop.url("/graphql"))
        .query(&mutation)
        .header("x-emporium-csrf", "1");
    let response = request.send().await.unwrap();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(code(&answer), Code::InvalidInput, "a GET changes nothing");
    shop.still_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_playground_is_served_compressed_and_revalidated() {
    let mut shop = Shop::open(BOTH[0]).await;
    // As it comes over the wire.
    shop.http = reqwest::Client::builder().no_gzip().build().unwrap();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/assets/playground.js", "text/javascript; charset=utf-8"),
        ("/assets/playground.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
    ] {
        let response = shop.http.get(shop.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers();
        assert_eq!(headers["content-type"], kind);
        assert_eq!(headers["content-encoding"], "gzip");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        let tag = headers["etag"].clone();
        let body = response.bytes().await.unwrap();
        assert!(body.starts_with(&[0x1f, 0x8b]), "{path} is gzip");
        let again = shop.http.get(shop.url(path)).header("if-none-match", tag);
        let again = again.send().await.unwrap();
        assert_eq!(again.status(), 304, "{path}");
    }
    let opened = shop
        .http
        .get(shop.url("/graphql"))
        .header("accept", "text/html,*/*");
    let opened = opened.send().await.unwrap();
    assert_eq!(
        opened.url().path(),
        "/",
        "the graph's address in a browser leads here"
    );
    for path in ["/assets/../Cargo.toml", "/assets/", "/index.php", "/.env"] {
        assert_eq!(
            shop.http.get(shop.url(path)).send().await.unwrap().status(),
            404,
            "{path}"
        );
    }
    assert_eq!(
        shop.http.post(shop.url("/")).send().await.unwrap().status(),
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_carries_security_headers() {
    let shop = Shop::open(BOTH[0]).await;
    for path in ["/", "/health/live", "/metrics", "/nothing", "/graphql"] {
        let response = shop.http.get(shop.url(path)).send().await.unwrap();
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
    }
}
