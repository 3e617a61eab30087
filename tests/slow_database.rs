//! PostgreSQL takes two seconds for each question: requests end in time with a typed answer, nothing piles up, and when it is
//! quick again the shop is too.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use system_tests::{Client, Crowd, Journal, Proxy, RolesShop, key, plenty, shared_servers};

const SLOW: Duration = Duration::from_secs(2);
const LASTS: Duration = Duration::from_secs(15);
/// How often somebody begins a purchase, besides.
const PACE: Duration = Duration::from_millis(300);
/// Requests that are sent while it is slow, far more than there are connections.
const REQUESTS: u32 = 600;
/// The router's `timeouts.request_ms`, and as much again for the machine.
const ANSWERED: Duration = Duration::from_mins(1);
/// Connections that a process may have: `database.readers` and `database.writers`, and one that hears wake-ups.
const POOLS: usize = 2 + 4 + 1;
/// Databases that the processes of a shop hold open: 8 subgraphs' replicas, and 2 workers with 4 each.
const HOLDERS: usize = 8 + 2 * 4;
/// What a process may grow by, in kilobytes.
const GROWTH: u64 = 200 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_database_is_no_pile_up() {
    let _alone = system_tests::alone().await;
    let folder = tempfile::tempdir().unwrap();
    let Some(settings) = shared_servers(folder.path()) else {
        return;
    };
    let url = testkit::server(testkit::POSTGRES).unwrap();
    let server = url.split(['@', '/']).nth(3).unwrap();
    let proxy = Proxy::before(server).await;
    let door = proxy.address().to_string();
    let through: Vec<_> = settings
        .into_iter()
        .map(|(name, value)| (name, value.replace(server, &door)))
        .collect();
    let shop = RolesShop::start(&through).await;
    let journal = Arc::new(Journal::create(&folder.path().join("journal.jsonl")));
    let doors = shop.doors();
    let variant = plenty(&doors[0], "coffee").await;
    let crowd = Crowd::gather(&doors, &journal, std::slice::from_ref(&variant), 8, PACE);
    crowd.warms_up().await;
    let before: Vec<u64> = shop
        .names()
        .iter()
        .map(|name| resident(shop.id(name)))
        .collect();

    proxy.delay(SLOW);
    let began = Instant::now();
    let requests: Vec<_> = (0..REQUESTS)
        .zip(doors.iter().cycle())
        .map(|(number, door)| {
            let (door, variant) = (door.clone(), variant.clone());
            let after = LASTS * number / REQUESTS;
            tokio::spawn(async move {
                // They come one after another, as people do.
                tokio::time::sleep(after).await;
                ask(&door, number, &variant).await
            })
        })
        .collect();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    for request in requests {
        let (outcome, took) = request.await.unwrap();
        *outcomes.entry(outcome).or_default() += 1;
        slowest = slowest.max(took);
    }
    println!(
        "{outcomes:?}; the slowest answer took {slowest:?}; {:?} in all",
        began.elapsed()
    );
    assert!(slowest < ANSWERED, "an answer took {slowest:?}");
    for outcome in outcomes.keys() {
        assert!(
            ["answered", "TIMEOUT", "UNAVAILABLE"].contains(&outcome.as_str()),
            "not a typed error that can be tried again: {outcomes:?}"
        );
    }
    let most = proxy.most_connections();
    assert!(
        most <= POOLS * HOLDERS,
        "{most} connections to the database"
    );
    for (name, before) in shop.names().iter().zip(before) {
        let now = resident(shop.id(name));
        assert!(
            now < before + GROWTH,
            "{name} grew from {before} to {now} KB"
        );
    }

    proxy.delay(Duration::ZERO);
    let recovery = crowd.buys_again("after the database was quick again").await;
    println!(
        "bought {recovery:?} after it was quick again; told to be patient: {:?}",
        crowd.codes()
    );
    assert!(
        !crowd.codes().contains_key("INTERNAL"),
        "{:?}",
        crowd.codes()
    );
    crowd.go_home().await;
    let (holds, said) = shop.command(&journal.check());
    assert!(holds, "{said}");
}

/// Reads, or writes; gives the code of the error or `answered`, and how long it took.
async fn ask(door: &Client, number: u32, variant: &str) -> (String, Duration) {
    let began = Instant::now();
    let answer = if number.is_multiple_of(2) {
        let stock = "query($ids: [ID!]!) { stock(variantIds: $ids) { available } }";
        door.try_graphql(stock, json!({ "ids": [variant] })).await
    } else {
        let register = "mutation($email: String!) { register(input: { email: $email, password: \"correct horse battery\" }) {
            user { id } userErrors { message } } }";
        let email = format!("{}@shoppers.example", key());
        door.try_graphql(register, json!({ "email": email })).await
    };
    let outcome = answer.map_or_else(
        |error| error.to_string(),
        |answer| match answer.errors() {
            [] => "answered".to_owned(),
            [error, ..] if error["extensions"]["retryable"] == true => answer.code().to_owned(),
            [error, ..] => error.to_string(),
        },
    );
    (outcome, began.elapsed())
}

/// The memory of a process, in kilobytes.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}
