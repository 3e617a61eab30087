//! What a role does not start without: everything that is missing is said at once, with its mend, before anything is opened.
#![expect(clippy::expect_used, reason = "a test may panic")]

use serde_json::Value;
use system_tests::{Stage, run};

/// Nothing is set, whatever the tests' own databases are.
const NOTHING: [(&str, &str); 4] = [
    ("EMPORIUM__DATABASE__USERS", ""),
    ("EMPORIUM__DATABASE__PRODUCTS", ""),
    ("EMPORIUM__DATABASE__ORDERS", ""),
    ("EMPORIUM__DATABASE__PAYMENTS", ""),
];
const DEVELOPMENT: (&str, &str) = ("EMPORIUM__SHOP__PROFILE", "development");

/// What the binary says to this command and these settings, which it must refuse without leaving a trace.
fn refused(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let variables: Vec<_> = NOTHING
        .iter()
        .chain(variables)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let (started, said) = run(&data, &variables, arguments);
    assert!(!started, "{arguments:?}: {said}");
    assert!(!data.exists(), "{arguments:?} has left something: {said}");
    said
}

fn serve(role: &str, variables: &[(&str, &str)]) -> String {
    refused(&["serve", role, "--listen", "127.0.0.1:0"], variables)
}

fn names(said: &str, all: &[&str]) {
    for one in all {
        assert!(said.contains(&format!("`{one}`")), "{one} in {said}");
    }
}

#[test]
fn what_several_processes_cannot_share_is_refused() {
    let said = serve("orders", &[]);
    names(
        &said,
        &["database.orders", "kafka.brokers", "users.key_set_urls"],
    );
    assert!(
        said.contains("SQLite") && said.contains("postgres://"),
        "{said}"
    );
    assert!(said.contains("3 settings are in the way"), "{said}");
    let said = serve("products", &[]);
    names(&said, &["database.products", "products.elasticsearch_url"]);
    let said = serve(
        "orders",
        &[("EMPORIUM__DATABASE__ORDERS", "sqlite:orders.db")],
    );
    names(&said, &["database.orders"]);
    let said = serve("worker", &[]);
    names(
        &said,
        &[
            "database.users",
            "database.products",
            "database.orders",
            "database.payments",
            "kafka.brokers",
            "products.elasticsearch_url",
            "payments.secret_key",
        ],
    );
    let said = refused(
        &[
            "serve",
            "worker",
            "--of",
            "users,orders",
            "--listen",
            "127.0.0.1:0",
        ],
        &[],
    );
    names(&said, &["database.users", "database.orders"]);
    assert!(
        !said.contains("payments") && !said.contains("elasticsearch"),
        "{said}"
    );
}

#[test]
fn a_missing_key_never_means_free_goods() {
    let said = serve("payments", &[]);
    assert!(said.contains("nobody would pay in earnest"), "{said}");
    names(
        &said,
        &[
            "payments.secret_key",
            "payments.webhook_secrets",
            "shop.profile",
        ],
    );
    let elsewhere = ("EMPORIUM__SHOP__STRIPE_EMULATOR_URL", "http://127.0.0.1:1");
    // Where the stand-in is counts for nothing in production.
    let said = serve("payments", &[elsewhere]);
    names(&said, &["payments.secret_key"]);
    let said = serve("payments", &[DEVELOPMENT]);
    names(&said, &["payments.secret_key", "shop.stripe_emulator_url"]);
    let said = serve("payments", &[DEVELOPMENT, elsewhere]);
    assert!(!said.contains("secret_key"), "{said}");
    let key = ("EMPORIUM__PAYMENTS__SECRET_KEY", "sk_test_1");
    let said = serve("payments", &[DEVELOPMENT, elsewhere, key]);
    assert!(said.contains("keep one of them"), "{said}");

    let said = serve("stripe-emulator", &[]);
    assert!(said.contains("takes no real money"), "{said}");
    let said = serve("stripe-emulator", &[DEVELOPMENT]);
    names(&said, &["shop.stripe_emulator_webhook"]);
}

#[test]
fn generated_keys_and_wrong_clocks_are_for_development() {
    let said = serve("users", &[]);
    names(&said, &["users.signing_keys_folder"]);
    assert!(said.contains("emporium keys rotate"), "{said}");
    let said = serve("users", &[DEVELOPMENT]);
    assert!(!said.contains("signing_keys_folder"), "{said}");
    let off = ("EMPORIUM__SHOP__CLOCK_OFFSET_SECONDS", "300");
    assert!(serve("orders", &[off]).contains("shop.clock_offset_seconds"));
    assert!(!serve("orders", &[DEVELOPMENT, off]).contains("clock_offset"));
}

#[test]
fn a_router_must_know_every_replica() {
    let said = serve("router", &[]);
    names(
        &said,
        &[
            "router.subgraphs.users",
            "router.subgraphs.products",
            "router.subgraphs.orders",
            "router.subgraphs.payments",
            "users.key_set_urls",
            "kafka.brokers",
        ],
    );
    assert!(!said.contains("database"), "{said}");
}

#[test]
fn wrong_values_are_told_together_before_anything_is_opened() {
    let wrong = [
        ("EMPORIUM__ORDERS__SWEEP_MS", "0"),
        ("EMPORIUM__USERS__ACCESS_TOKEN_SECONDS", "86400"),
        ("EMPORIUM__PRODUCTS__SWEEP_SECONDS", "0"),
        ("EMPORIUM__KAFKA__PARTITIONS", "0"),
        ("EMPORIUM__ROUTER__BREAKER__ERROR_PERCENT", "101"),
        ("EMPORIUM__PAYMENTS__CALL_ATTEMPTS", "0"),
        ("EMPORIUM__TELEMETRY__NO_SUCH_KEY", "1"),
    ];
    for verb in ["up", "migrate", "seed", "doctor"] {
        let said = refused(&[verb], &wrong);
        for (name, _) in wrong {
            let key = name.rsplit("__").next().unwrap_or_default().to_lowercase();
            assert!(said.contains(&key), "{verb}: {key} in {said}");
        }
    }
    let said = serve("orders", &wrong);
    names(&said, &["database.orders", "partitions"]);
    let key = tempfile::NamedTempFile::new().expect("a file");
    let path = key.path().display().to_string();
    let both = [
        ("EMPORIUM__PAYMENTS__SECRET_KEY", "sk_test_1"),
        ("EMPORIUM__PAYMENTS__SECRET_KEY_FILE", path.as_str()),
    ];
    assert!(refused(&["up"], &both).contains("keep one of them"));
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_accounts_sell_nothing_with_roles_apart() {
    let Some(stage) = Stage::apart(&[]).await else {
        return;
    };
    let Stage::Apart(shop) = &stage else {
        panic!("it was to be apart");
    };
    let mut production = shop.settings().to_vec();
    production.retain(|(name, _)| !name.starts_with("EMPORIUM__SHOP__"));
    let data = tempfile::tempdir().expect("a temporary folder");
    let ordered = |arguments: &[&str]| {
        tokio::task::block_in_place(|| run(&data.path().join("data"), &production, arguments))
    };
    let (started, said) = ordered(&["serve", "users", "--listen", "127.0.0.1:0"]);
    assert!(!started && said.contains("demo accounts"), "{said}");
    let (seeded, said) = ordered(&["seed"]);
    assert!(!seeded && said.contains("development profile"), "{said}");
    // What it refuses stays refused for the one reason alone: the shop beside it sells on.
    let answer = stage.client().graphql("{ __typename }", Value::Null).await;
    assert!(answer.errors().is_empty(), "{answer:?}");
    stage.close().await;
}
