//! Elasticsearch goes away and comes back, is another one's, or asks who one is.

use std::time::{Duration, Instant};

use clock::Clock;
use products::{Config, Products};
use serde_json::{Value, json};
use serving::{Subgraph, config::Settings};
use testkit::until;

use crate::{
    engine::Engine,
    furnished::{furnished_with, names, search},
    proxy::Proxy,
    shop::{App, goods, simple, stocked},
};

async fn lists(app: &App) -> Value {
    let document = "{ products(sort: NAME_ASCENDING) { nodes { name } } product(by: { sku: \"SKU-kettle\" }) { name } }";
    app.graphql(document).send().await.data().clone()
}

/// Starts what keeps the index up to the catalogue.
fn start_following(app: &App) {
    let jobs = serving::Serving::jobs(&app.served).into_iter();
    for job in jobs.filter(|job| job.name == "products.follow_catalogue") {
        tokio::spawn(serving::run_job(job, app.shutdown.clone()));
    }
}

#[tokio::test]
async fn the_shop_goes_on_without_its_search_and_catches_up_by_itself() {
    let Some(engine) = Engine::elasticsearch() else {
        return;
    };
    let Engine::Elasticsearch { url, .. } = &engine else {
        return;
    };
    let mut way = Proxy::to(url).await;
    let settings = engine
        .settings()
        .with("products", "elasticsearch_url", way.url());
    let (app, ..) = furnished_with(settings).await;
    start_following(&app);
    let before = lists(&app).await;
    assert_eq!(
        names(&search(&app, json!({ "query": "kettle" })).await),
        ["Enamel Kettle"]
    );

    way.cut().await;
    assert_eq!(lists(&app).await, before, "the database answers");
    let asked = Instant::now();
    for _ in 0..20 {
        let refused = search(&app, json!({ "query": "kettle" })).await;
        assert_eq!(refused.code(), "UNAVAILABLE");
        let extensions = &refused.errors()[0]["extensions"];
        assert_eq!(extensions["retryable"], true, "{refused:?}");
        assert!(extensions["retryAfterMs"].as_u64().unwrap() <= 2_000);
        let suggest = app.graphql("{ suggest(prefix: \"ke\") { text } }");
        assert_eq!(suggest.send().await.code(), "UNAVAILABLE");
    }
    assert!(asked.elapsed() < Duration::from_secs(15), "nobody waits");
    goods(&app, simple("lantern", "Lantern", 1, 1)).await;
    let check = app.subgraph().side_checks().await.remove(0);
    let wrong = check.outcome.unwrap_err();
    assert!(wrong.contains("catches up by itself"), "{wrong}");
    assert!(app.subgraph().checks().await.is_empty(), "it is ready");
    until("the lag to be shown", async || {
        let told = app.registry().gather();
        let behind = told
            .iter()
            .find(|family| family.name() == "emporium_search_behind");
        (behind.unwrap().get_metric()[0].gauge.value() >= 1.0).then_some(())
    })
    .await;

    way.mend().await;
    until("the lantern to be found", async || {
        let answer = search(&app, json!({ "query": "lantern" })).await;
        (answer.errors().is_empty() && names(&answer) == ["Lantern"]).then_some(())
    })
    .await;
    app.shutdown.cancel();
}

#[tokio::test]
async fn nothing_is_found_before_there_is_an_index() {
    let Some(engine) = Engine::elasticsearch() else {
        return;
    };
    let app = App::start_with(engine.settings()).await;
    stocked(&app, "lamp", 1).await;
    assert!(names(&search(&app, json!({ "query": "lamp" })).await).is_empty());
    let config: Config = engine
        .settings()
        .section("products", Products::DEFAULTS)
        .unwrap();
    for _ in 0..2 {
        let made = Products::prepare_search(&config, Clock::system()).await;
        assert!(made.unwrap().unwrap().starts_with("Elasticsearch "));
        assert_eq!(engine.indices(), [(1, true)]);
        assert!(names(&search(&app, json!({ "query": "lamp" })).await).is_empty());
    }
    app.subgraph().catch_up().await.unwrap();
    assert_eq!(engine.indices(), [(2, true)]);
    assert_eq!(
        names(&search(&app, json!({ "query": "lamp" })).await),
        ["lamp"]
    );
}

#[tokio::test]
async fn a_server_with_a_password_and_a_certificate_of_its_own() {
    let Some(url) = testkit::server("EMPORIUM_TEST_ELASTICSEARCH_TLS") else {
        return;
    };
    let [user, password, ca] = [
        "EMPORIUM_TEST_ELASTICSEARCH_TLS_USERNAME",
        "EMPORIUM_TEST_ELASTICSEARCH_TLS_PASSWORD",
        "EMPORIUM_TEST_TLS_CA",
    ]
    .map(|name| testkit::server(name).unwrap());
    let index = format!("test-{}", Clock::system().id().simple());
    let settings = |url: &str, password: &str, ca: &str| {
        Settings::default()
            .with("products", "elasticsearch_url", url)
            .with("products", "elasticsearch_index", index.as_str())
            .with("products", "elasticsearch_username", user.as_str())
            .with("products", "elasticsearch_password", password)
            .with("products", "elasticsearch_ca_file", ca)
            .with("products", "elasticsearch_timeout_ms", 30_000)
    };
    let app = App::start_with(settings(&url, &password, &ca)).await;
    stocked(&app, "lamp", 1).await;
    app.subgraph().catch_up().await.unwrap();
    assert_eq!(
        names(&search(&app, json!({ "query": "lamp" })).await),
        ["lamp"]
    );

    let unknown = App::start_with(settings(&url, &password, "")).await;
    assert_eq!(search(&unknown, json!({})).await.code(), "UNAVAILABLE");
    let stranger = App::start_with(settings(&url, "mistyped", &ca)).await;
    assert_eq!(search(&stranger, json!({})).await.code(), "INTERNAL");
    let check = stranger.subgraph().side_checks().await.remove(0);
    let wrong = check.outcome.unwrap_err();
    assert!(
        wrong.contains("401") && !wrong.contains("mistyped"),
        "{wrong}"
    );
}
