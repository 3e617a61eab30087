//! The end of a router: first it says that it is not ready, then it lets nobody in, then it is gone.

use std::time::{Duration, Instant};

use fault::Code;
use serde_json::json;

use crate::shop::{BOTH, Shop, code_of};

#[tokio::test(flavor = "multi_thread")]
async fn not_ready_first_then_the_drain() {
    for way in BOTH {
        let shop = Shop::with(way, |config| config.timeouts.drain_delay_ms = 3_000).await;
        let mut socket = shop.socket(json!({})).await;
        socket
            .subscribe("1", "subscription { reviewed { number } }")
            .await;
        let began = Instant::now();
        shop.shutdown.cancel();
        let ready = async || {
            let asked = shop.http.get(shop.url("/health/ready")).send();
            asked.await.map(|response| response.status().as_u16())
        };
        while ready().await.unwrap() != 503 {
            assert!(
                began.elapsed() < Duration::from_millis(2_900),
                "still ready"
            );
        }
        // New clients that came all the same are served, and streams go on.
        let late = reqwest::Client::new();
        let asked = late
            .post(shop.url("/graphql"))
            .json(&json!({ "query": "{ newestReview { number } }" }));
        assert_eq!(asked.send().await.unwrap().status(), 200, "{way:?}");
        let (_, end) = socket.finish("1").await;
        assert_eq!(code_of(&end.unwrap()[0]), Code::GoingAway);
        assert!(began.elapsed() >= Duration::from_millis(2_900));
        assert_eq!(socket.closed().await.reason.as_str(), "GOING_AWAY");
        shop.close().await;
    }
}
