//! The command line, with the shop running beside it or not.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixListener,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;
use system_tests::{ChildShop, Client, Shopper, run, run_beside, search};

const CHEAP: [(&str, &str); 3] = [
    ("EMPORIUM__TELEMETRY__FILTER", "error"),
    ("EMPORIUM__USERS__ARGON2_MEMORY_KIB", "64"),
    ("EMPORIUM__USERS__KEY_PUBLISH_AHEAD_SECONDS", "1"),
];

async fn open(folder: &Path) -> (ChildShop, Client) {
    let shop = ChildShop::start(&folder.join("data"), &CHEAP).await;
    let client = Client::of(&shop.url());
    (shop, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_shop_is_searched_as_soon_as_it_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let slow_index = ("EMPORIUM__PRODUCTS__SEARCH_COMMIT_MILLIS", "2000");
    let settings = [CHEAP[0], CHEAP[1], slow_index];
    let mut shop = ChildShop::start(&folder.path().join("data"), &settings).await;
    let answer = Client::of(&shop.url())
        .graphql(
            "{ products(first: 1) { totalCount } searchProducts { totalCount } }",
            Value::Null,
        )
        .await;
    let found = answer.at("/searchProducts/totalCount");
    assert!(found.as_i64() > Some(100), "{found}");
    assert_eq!(found, answer.at("/products/totalCount"));
    assert!(shop.terminate());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_has_one_shop() {
    let folder = tempfile::tempdir().unwrap();
    let (mut shop, client) = open(folder.path()).await;
    for second in [&["up"][..], &[], &["migrate"]] {
        let (started, said) = shop.command(second);
        assert!(!started, "{said}");
        let holder = format!("in use by process {}", shop.id());
        assert!(said.contains(&holder) && said.contains("--data"), "{said}");
    }
    search(&client, "lamp", 1).await;
    assert!(shop.terminate());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_while_the_shop_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (mut shop, client) = open(folder.path()).await;

    let (well, said) = shop.command(&["doctor"]);
    assert!(
        well && said.contains("ok    ") && !said.contains("WRONG"),
        "{said}"
    );
    for looked_at in [
        "users",
        "products search index",
        "orders outbox",
        "payments provider",
        "Stripe emulator",
    ] {
        assert!(said.contains(looked_at), "nothing of {looked_at} in {said}");
    }
    let (holds, said) = shop.command(&["doctor", "--invariants"]);
    assert!(holds && said.contains("the invariants hold"), "{said}");

    let answers = async || {
        search(&client, "jacket", 1).await;
    };
    let said = run_beside(&data, &[], &["reindex"], answers).await;
    assert!(said.contains("products are in the new index"), "{said}");
    let count = async || {
        let answer = client
            .graphql("{ products(first: 1) { totalCount } }", Value::Null)
            .await;
        answer.at("/products/totalCount").as_i64().unwrap()
    };
    let before = count().await;
    for _ in 0..2 {
        let said = run_beside(&data, &[], &["seed", "--products", "500"], answers).await;
        assert!(said.contains("500 generated products are there"), "{said}");
        assert_eq!(count().await, before + 500);
    }
    testkit::until("generated products that can be found", async || {
        let found = client
            .graphql("{ searchProducts { totalCount } }", Value::Null)
            .await;
        (found.at("/searchProducts/totalCount") == before + 500).then_some(())
    })
    .await;
    let said = run_beside(&data, &[], &["reindex"], answers).await;
    assert!(
        said.contains(&format!("{} products", before + 500)),
        "{said}"
    );
    assert!(shop.terminate());

    // The same commands on a folder that nobody uses.
    for (arguments, says) in [
        (&["migrate"][..], "orders: up to date"),
        (&["seed"], "demo accounts and catalogue are there"),
        (&["reindex"], "products are in the new index"),
        (&["events", "list"], "no event is held back"),
        (&["keys", "list"], "signs from"),
        (&["doctor"], "products search index"),
    ] {
        let (done, said) = shop.command(arguments);
        assert!(done && said.contains(says), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_and_nobody_is_logged_out() {
    let folder = tempfile::tempdir().unwrap();
    let (mut shop, client) = open(folder.path()).await;
    let shopper = Shopper::register(&client).await;
    // The head of a token names the key that signed it.
    let head = |shopper: &Shopper| {
        shopper
            .client
            .token
            .as_ref()
            .unwrap()
            .split('.')
            .next()
            .unwrap()
            .to_owned()
    };
    let before = head(&shopper);
    let (rotated, said) = shop.command(&["keys", "rotate"]);
    assert!(rotated && said.contains("nobody is logged out"), "{said}");
    let log_in = async || {
        Shopper::log_in(
            &client,
            "shopper@emporium.example",
            "shopper-at-the-emporium",
        )
        .await
    };
    let after = testkit::until("a token signed by the new key", async || {
        let shopper = log_in().await;
        (head(&shopper) != before).then_some(shopper)
    })
    .await;
    for shopper in [&shopper, &after] {
        assert_eq!(
            shopper
                .client
                .graphql("{ me { id } }", Value::Null)
                .await
                .text("/me/id"),
            shopper.id
        );
    }
    let keys = client
        .http()
        .get(format!("{}/.well-known/jwks.json", shop.url()))
        .send()
        .await
        .unwrap();
    let keys: Value = keys.json().await.unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2, "{keys}");
    let (_, listed) = shop.command(&["keys", "list"]);
    for key in keys["keys"].as_array().unwrap() {
        assert!(listed.contains(key["kid"].as_str().unwrap()), "{listed}");
    }
    assert!(shop.terminate());
    // They are the same after a restart, and so the tokens are still good.
    shop.restart();
    shop.ready().await;
    let me = shopper.client.graphql("{ me { id } }", Value::Null).await;
    assert_eq!(me.text("/me/id"), shopper.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_graceful_and_quick() {
    let folder = tempfile::tempdir().unwrap();
    let (mut shop, client) = open(folder.path()).await;
    let shopper = Shopper::register(&client).await;
    let variant = search(&client, "lamp", 1).await.variant;
    let order = shopper.order(&variant, 1).await;
    shopper.wait_for(&order, "AWAITING_PAYMENT").await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = shopper.watch(&order, None).await;
        assert_eq!(
            stream.next().await.unwrap().text("/orderEvents/status"),
            "AWAITING_PAYMENT"
        );
        streams.push(stream);
    }
    shop.signal();
    for mut stream in streams {
        assert_eq!(stream.next().await.unwrap().code(), "GOING_AWAY");
    }
    let well = testkit::until("the end", || std::future::ready(shop.ended())).await;
    assert!(well, "a drained shop ends with 0");
    shop.restart();
    shop.ready().await;
    assert_eq!(
        shopper.show(&order).await.at("/order/status"),
        "AWAITING_PAYMENT"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings: Vec<_> = CHEAP
        .into_iter()
        .chain([("EMPORIUM__ROUTER__TIMEOUTS__DRAIN_MS", "60000")])
        .collect();
    let mut shop = ChildShop::start(&folder.path().join("data"), &settings).await;
    // A request that never ends holds the drain up.
    let mut held = TcpStream::connect(shop.url().trim_start_matches("http://")).unwrap();
    held.write_all(b"POST /graphql HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n").unwrap();
    // It is under way once the shop asks for its body.
    held.read_exact(&mut [0; "HTTP/1.1 100 Continue".len()])
        .unwrap();
    shop.signal();
    testkit::until("the door to be shut", async || {
        let answer = reqwest::get(format!("{}/health/live", shop.url())).await;
        (!answer.is_ok_and(|answer| answer.status().is_success())).then_some(())
    })
    .await;
    assert_eq!(shop.ended(), None, "it drains");
    shop.signal();
    let well = testkit::until("the end", || std::future::ready(shop.ended())).await;
    assert!(!well, "it did not end as it should have");
}

#[test]
fn wrong_settings_are_told_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (name, value, says) in [
        (
            "EMPORIUM__ORDERS__DEADLIN_MS",
            "5",
            "there is no setting `orders.deadlin_ms`",
        ),
        (
            "EMPORIUM__ORDRES__DEADLINE_MS",
            "5",
            "there is no section [ordres]",
        ),
        (
            "EMPORIUM__ROUTER__LIMITS__MAX_DEPTH",
            "deep",
            "`router.limits.max_depth` must be",
        ),
        ("EMPORIUM__DATABASE__SYNCHRONOUS", "perhaps", "[database]"),
        (
            "EMPORIUM__PAYMENTS__SECRET",
            "sk",
            "there is no setting `payments.secret`",
        ),
        ("EMPORIUM__TELEMETRY__FORMAT", "poem", "[telemetry]"),
    ] {
        let (started, said) = run(&data, &[(name.to_owned(), value.to_owned())], &["up"]);
        assert!(!started && said.contains(says), "{name}: {said}");
        assert!(!data.exists(), "{name} made something");
    }
    let (started, said) = run(&data, &[], &["--config", "no-such-file.toml"]);
    assert!(!started && said.contains("no-such-file.toml"), "{said}");
    assert!(!data.exists());
}

#[test]
fn doctor_says_how_to_mend_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let unreachable = [
        ("EMPORIUM__PAYMENTS__SECRET_KEY", "sk_test_1"),
        ("EMPORIUM__PAYMENTS__PUBLISHABLE_KEY", "pk_test_1"),
        ("EMPORIUM__PAYMENTS__WEBHOOK_SECRETS", "[\"whsec_1\"]"),
        ("EMPORIUM__PAYMENTS__API_URL", "http://127.0.0.1:1"),
        ("EMPORIUM__PAYMENTS__CALL_BACKOFF_MS", "1"),
    ];
    let settings = unreachable.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (well, said) = run(&folder.path().join("data"), &settings, &["doctor"]);
    assert!(!well && said.contains("WRONG payments provider"), "{said}");
    assert!(
        said.contains("see that `payments.api_url` can be reached"),
        "{said}"
    );
    assert!(
        said.contains("found something wrong") && !said.contains("sk_test_1"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_or_broken_socket_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (shop, client) = open(folder.path()).await;
    let socket = folder.path().join("data").join("control.sock");
    let complains = |what: &str| {
        let began = Instant::now();
        let (done, said) = shop.command(&["keys", "list"]);
        assert!(!done && said.contains("does not answer"), "{what}: {said}");
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "{what} took {:?}",
            began.elapsed()
        );
    };
    fs::remove_file(&socket).unwrap();
    complains("a lost socket");
    fs::write(&socket, "not a socket").unwrap();
    complains("a file");
    fs::remove_file(&socket).unwrap();
    let mute = UnixListener::bind(&socket).unwrap();
    complains("somebody mute");
    drop(mute);
    search(&client, "lamp", 1).await;
}
