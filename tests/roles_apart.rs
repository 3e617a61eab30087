//! Roles that run apart: looked at, rotated, and sent away one by one, while people go on.
#![expect(clippy::panic, reason = "a test may panic")]

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use system_tests::{Client, RolesShop, Shopper, Stage, run, run_beside, search};

const PATIENCE: Duration = Duration::from_mins(5);
/// Long enough for every role to have read the key set before a new key signs.
const PATIENT: [(&str, &str); 2] = [
    ("EMPORIUM__USERS__KEY_PUBLISH_AHEAD_SECONDS", "12"),
    ("EMPORIUM__SHOP__DRAIN_DELAY_MS", "2500"),
];

async fn apart() -> Option<Stage> {
    Stage::apart(&PATIENT).await
}

fn roles(stage: &mut Stage) -> &mut RolesShop {
    match stage {
        Stage::Apart(shop) => shop,
        Stage::Together(_) => panic!("it was to be apart"),
    }
}

/// The header of a token, which names its key.
fn header(token: &str) -> String {
    token.split('.').next().unwrap_or_default().to_owned()
}

async fn me(client: &Client) -> String {
    let answer = client.graphql("{ me { id } }", Value::Null).await;
    assert!(answer.errors().is_empty(), "{answer:?}");
    answer.text("/me/id")
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_names_every_server() {
    let Some(stage) = apart().await else {
        return;
    };
    let (well, said) = stage.command(&["doctor"]);
    assert!(well && !said.contains("WRONG"), "{said}");
    for named in [
        "users server: PostgreSQL 1",
        "payments server: PostgreSQL 1",
        "kafka: ",
        "Elasticsearch 8",
        "redis: Redis ",
        "payments provider: ",
        "payments go to: the Stripe emulator at http://",
        "orders outbox: ",
        "users signing keys: one signs",
    ] {
        assert!(said.contains(named), "{named} in {said}");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_looks_at_the_others_while_a_database_is_away() {
    let Some(mut stage) = apart().await else {
        return;
    };
    let mut settings = roles(&mut stage).settings().to_vec();
    for (name, value) in &mut settings {
        if name == "EMPORIUM__DATABASE__ORDERS" {
            "postgres://nobody:secret-of-orders@127.0.0.1:1/orders".clone_into(value);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (well, said) = tokio::task::block_in_place(|| run(&data, &settings, &["doctor"]));
    assert!(!well && !said.contains("secret-of-orders"), "{said}");
    for named in [
        "ok    kafka: ",
        "ok    redis: Redis ",
        "ok    users server: PostgreSQL 1",
        "WRONG orders server: ",
        "ok    payments server: PostgreSQL 1",
        "2 of the checks above found something wrong",
    ] {
        assert!(said.contains(named), "{named} in {said}");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_while_the_roles_run() {
    let Some(mut stage) = apart().await else {
        return;
    };
    let doors = [stage.client(), stage.other_door()];
    let settings = roles(&mut stage).settings().to_vec();
    let folder = tempfile::tempdir().unwrap();
    let count = async || {
        let answer = doors[0]
            .graphql("{ products(first: 1) { totalCount } }", Value::Null)
            .await;
        answer.at("/products/totalCount").as_i64().unwrap()
    };
    let before = count().await;
    for (arguments, says) in [
        (&["migrate"][..], "orders: up to date"),
        (&["seed"], "demo accounts and catalogue are there"),
        (
            &["seed", "--products", "300"],
            "300 generated products are there",
        ),
        (
            &["seed", "--products", "300"],
            "300 generated products are there",
        ),
        (&["reindex"], "products are in the new index"),
        (&["events", "list"], "no event is held back"),
        (&["keys", "list"], "signs from"),
        (&["doctor"], "ok    "),
        (&["doctor", "--invariants"], "the invariants hold"),
    ] {
        let said = run_beside(folder.path(), &settings, arguments, async || {
            for door in &doors {
                search(door, "coffee", 5).await;
            }
        })
        .await;
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    testkit::until("generated products on either door", async || {
        (count().await == before + 300).then_some(())
    })
    .await;
    testkit::until("generated products that can be found", async || {
        let found = doors[1]
            .graphql("{ searchProducts { totalCount } }", Value::Null)
            .await;
        (found.at("/searchProducts/totalCount") == before + 300).then_some(())
    })
    .await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_on_every_replica_and_nobody_is_logged_out() {
    let Some(stage) = apart().await else {
        return;
    };
    let doors = [stage.client(), stage.other_door()];
    let before = Shopper::register(&doors[0]).await;
    let old = before.client.token.clone().unwrap();
    let (rotated, said) = stage.command(&["keys", "rotate"]);
    assert!(rotated && said.contains("nobody is logged out"), "{said}");
    let (began, mut news) = (Instant::now(), 0);
    while news < 6 {
        assert!(began.elapsed() < PATIENCE, "the new key does not sign");
        // One after the other lands on either replica of users.
        let shopper = Shopper::register(&doors[news % 2]).await;
        let token = shopper.client.token.clone().unwrap();
        for door in &doors {
            assert_eq!(me(&door.with_token(&token)).await, shopper.id);
            assert_eq!(me(&door.with_token(&old)).await, before.id);
        }
        news += usize::from(header(&token) != header(&old));
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_ends_is_not_missed() {
    let Some(mut stage) = apart().await else {
        return;
    };
    let client = stage.client();
    let found = search(&client, "coffee", 5).await;
    let shopper = Shopper::register(&client).await;
    let (stop, asked) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let people: Vec<_> = (0..4)
        .map(|_| {
            let (shopper, variant) = (shopper.clone(), found.variant.clone());
            let (stop, asked) = (Arc::clone(&stop), Arc::clone(&asked));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    shopper.add(&variant, 1).await;
                    shopper.clear().await;
                    let read = "{ myOrders(first: 1) { nodes { id } } products(first: 2) { nodes { name } } }";
                    let answer = shopper.client.graphql(read, Value::Null).await;
                    assert!(answer.errors().is_empty(), "{answer:?}");
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let shop = roles(&mut stage);
    for name in ["orders-1", "products-2", "worker-1", "users-1"] {
        let (id, url) = (shop.id(name), shop.url(name));
        let ready = || async {
            let asked = client
                .http()
                .get(format!("{url}/health/ready"))
                .send()
                .await;
            asked.map(|answer| answer.status().as_u16()).ok()
        };
        assert_eq!(ready().await, Some(200), "{name}");
        let told = Command::new("kill")
            .arg("-TERM")
            .arg(id.to_string())
            .status();
        assert!(told.unwrap().success());
        // It still answers, and says that it should not be asked.
        testkit::until("a role that is not ready", async || {
            (ready().await == Some(503)).then_some(())
        })
        .await;
        let before = asked.load(Ordering::Relaxed);
        assert!(shop.ended(name).await, "{name} did not end well");
        shop.restart(name);
        shop.ready(name).await;
        testkit::until("people who go on", async || {
            (asked.load(Ordering::Relaxed) > before).then_some(())
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    for person in people {
        person.await.unwrap();
    }
    stage.holds().await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_a_role_at_once() {
    let Some(mut stage) = apart().await else {
        return;
    };
    let shop = roles(&mut stage);
    for _ in 0..2 {
        let told = Command::new("kill")
            .arg("-TERM")
            .arg(shop.id("payments-1").to_string())
            .status();
        assert!(told.unwrap().success());
        // The first one has to have been heard before the second counts as one.
        testkit::until("the end of being ready", async || {
            let asked = reqwest::get(format!("{}/health/ready", shop.url("payments-1"))).await;
            (!asked.is_ok_and(|answer| answer.status().is_success())).then_some(())
        })
        .await;
    }
    assert!(!shop.ended("payments-1").await);
    shop.restart("payments-1");
    shop.ready("payments-1").await;
    stage.close().await;
}
