//! Routers that share a Redis; and a Redis that is slow, killed, and back.

use std::{
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use fault::Code;
use messaging::Subscriber as _;
use router::{CachePlace, RouterConfig};
use serde_json::{Value, json};
use serving::config::Secret;

use crate::{
    cache::{changed, keeping, name},
    shop::{BOTH, Shop, Way, code},
    subgraphs::Subgraphs,
};

const LIST: &str = "query List { products(first: 1) { name } }";

/// A Redis of the test's own, to be killed.
struct Server {
    port: u16,
    child: Child,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let port = testkit::free_port();
        let folder = tempfile::tempdir().unwrap();
        let child = Self::spawn(port, &folder);
        Self {
            port,
            child,
            folder,
        }
    }

    fn spawn(port: u16, folder: &tempfile::TempDir) -> Child {
        Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn again(&mut self) {
        self.child = Self::spawn(self.port, &self.folder);
    }

    /// Stops it in its tracks, connections and all, or lets it go on.
    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn budgets(url: &str) -> impl Fn(&mut RouterConfig) {
    let url = url.to_owned();
    move |config| {
        config.redis_url = Secret::new(&url);
        // A machine that runs many tests at once is slower than a shop's.
        config.redis_timeout_ms = 500;
        config.rates.enabled = true;
        config.rates.address_burst = 20;
        config.rates.address_per_second = 1;
        config.proxies.trusted = vec!["127.0.0.0/8".parse().unwrap()];
    }
}

/// Waits until the router's own check of Redis says so.
async fn redis_is(shop: &Shop, ok: bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let response = shop
            .http
            .get(shop.url("/health/ready"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "never a reason not to be ready");
        let report: Value = response.json().await.unwrap();
        let checks = report["checks"].as_array().unwrap();
        let redis = checks
            .iter()
            .find(|check| check["name"] == "redis")
            .unwrap();
        if redis["ok"] == json!(ok) {
            assert_eq!(report["degraded"], json!(!ok));
            return;
        }
        assert!(Instant::now() < deadline, "{report}");
        // Polled until it is so.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How many of `count` operations from that address are let through, sent to the routers in turn.
async fn let_through(shops: &[&Shop], address: &str, count: usize) -> usize {
    let mut through = 0;
    for n in 0..count {
        let response = shops[n % shops.len()]
            .post("{ newestReview { number } }")
            .header("x-forwarded-for", address)
            .send()
            .await
            .unwrap();
        if response.status() == 200 {
            through += 1;
        } else {
            let answer: Value = response.json().await.unwrap();
            assert_eq!(code(&answer), Code::RateLimited);
            let wait = answer["errors"][0]["extensions"]["retryAfterMs"].as_u64();
            assert!((1..=1_000).contains(&wait.unwrap()), "{answer}");
        }
    }
    through
}

/// An address that nobody else uses: the servers of tests stay from one run to the next.
fn address() -> String {
    let id = clock::Clock::system().id().into_bytes();
    format!(
        "2001:db8:{:x}{:02x}:{:x}{:02x}::1",
        id[12], id[13], id[14], id[15]
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn two_routers_share_one_budget() {
    let Some(url) = testkit::server("EMPORIUM_TEST_REDIS") else {
        return;
    };
    let (one, other) = (
        Shop::with(BOTH[0], budgets(&url)).await,
        Shop::with(BOTH[0], budgets(&url)).await,
    );
    redis_is(&one, true).await;
    redis_is(&other, true).await;
    let began = Instant::now();
    let through = let_through(&[&one, &other], &address(), 40).await;
    let trickled = usize::try_from(began.elapsed().as_secs()).unwrap() + 1;
    assert!((20..=20 + trickled).contains(&through), "{through}");
    assert_eq!(let_through(&[&one, &other], &address(), 20).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_killed_is_replaced_by_memory_until_it_is_back() {
    if testkit::server("EMPORIUM_TEST_REDIS").is_none() {
        return;
    }
    let mut server = Server::start();
    let (one, other) = (
        Shop::with(BOTH[0], budgets(&server.url())).await,
        Shop::with(BOTH[0], budgets(&server.url())).await,
    );
    for _ in 0..2 {
        redis_is(&one, true).await;
        redis_is(&other, true).await;
        assert!(let_through(&[&one, &other], &address(), 40).await < 30);
        server.kill();
        // Each counts for itself, from the first request on, and none fails.
        let through = let_through(&[&one, &other], &address(), 60).await;
        assert!((39..=50).contains(&through), "{through}");
        redis_is(&one, false).await;
        server.again();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_holds_nobody_up() {
    if testkit::server("EMPORIUM_TEST_REDIS").is_none() {
        return;
    }
    let server = Server::start();
    let shop = Shop::with(BOTH[0], |config| {
        budgets(&server.url())(config);
        config.redis_timeout_ms = 20;
        config.rates.address_burst = 10_000;
    })
    .await;
    redis_is(&shop, true).await;
    server.signal("-STOP");
    let began = Instant::now();
    assert_eq!(let_through(&[&shop], &address(), 100).await, 100);
    // Waiting for an answer would take for ever; even a busy machine needs less than this.
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    redis_is(&shop, false).await;
    server.signal("-CONT");
    redis_is(&shop, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn routers_share_kept_answers_and_forget_them_together() {
    let Some(url) = testkit::server("EMPORIUM_TEST_REDIS") else {
        return;
    };
    let subgraphs = Subgraphs::new();
    let shared = |config: &mut RouterConfig| {
        config.redis_url = Secret::new(&url);
        config.redis_timeout_ms = 500;
        config.response_cache.place = CachePlace::Redis;
    };
    let one = keeping(&subgraphs, shared).await;
    redis_is(&one, true).await;
    let other = keeping(&subgraphs, shared).await;
    redis_is(&other, true).await;
    // The catalogue of this test alone: other runs left their own answers.
    let edition = usize::from(clock::Clock::system().id().into_bytes()[15]) + 10;
    subgraphs.edition.0.store(edition, Ordering::SeqCst);
    one.news.forget_catalogue().await;
    let printed = |number: usize| format!("product 0, edition {number}");
    for shop in [&one, &other, &one, &other] {
        assert_eq!(name(&shop.ask(LIST).await), printed(edition));
    }
    subgraphs.edition.0.store(edition + 1, Ordering::SeqCst);
    assert_eq!(name(&one.ask(LIST).await), printed(edition), "one keeps it");
    assert_eq!(
        name(&other.ask(LIST).await),
        printed(edition),
        "so does the other"
    );
    other.news.take(&[changed()]).await.unwrap();
    for shop in [&one, &other] {
        assert_eq!(name(&shop.ask(LIST).await), printed(edition + 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_redis_could_not_be_told_is_told_before_it_is_asked_again() {
    if testkit::server("EMPORIUM_TEST_REDIS").is_none() {
        return;
    }
    let server = Server::start();
    let subgraphs = Subgraphs::new();
    let shop = keeping(&subgraphs, |config| {
        config.redis_url = Secret::new(server.url());
        config.redis_timeout_ms = 50;
        config.response_cache.place = CachePlace::Redis;
    })
    .await;
    redis_is(&shop, true).await;
    for _ in 0..3 {
        assert_eq!(name(&shop.ask(LIST).await), "product 0");
    }
    subgraphs.edition.0.store(2, Ordering::SeqCst);
    assert_eq!(name(&shop.ask(LIST).await), "product 0", "it is kept");
    // Its answers survive while it cannot be reached.
    server.signal("-STOP");
    shop.news.take(&[changed()]).await.unwrap();
    assert_eq!(name(&shop.ask(LIST).await), "product 0, edition 2");
    redis_is_away_or_asked(&shop).await;
    server.signal("-CONT");
    redis_is(&shop, true).await;
    for _ in 0..5 {
        assert_eq!(name(&shop.ask(LIST).await), "product 0, edition 2");
    }
}

/// Asks until the router has given Redis up.
async fn redis_is_away_or_asked(shop: &Shop) {
    for _ in 0..10 {
        shop.ask(LIST).await;
    }
    redis_is(shop, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_over_tls_and_an_authority_of_its_own() {
    let (Some(url), Some(authority)) = (
        testkit::server("EMPORIUM_TEST_REDIS_TLS"),
        testkit::server("EMPORIUM_TEST_TLS_CA"),
    ) else {
        return;
    };
    let shop = Shop::with(Way::InProcess, |config| {
        budgets(&url)(config);
        config.redis_ca_file.clone_from(&authority);
    })
    .await;
    redis_is(&shop, true).await;
    assert_eq!(let_through(&[&shop], &address(), 20).await, 20);
    // Signed by an authority that nobody vouches for.
    let wary = Shop::with(Way::InProcess, budgets(&url)).await;
    tokio::time::timeout(Duration::from_millis(500), redis_is(&wary, true))
        .await
        .unwrap_err();
}
