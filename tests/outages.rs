//! kill -9 of any role and of any server, one at a time and at random, while people buy: nothing that was answered is lost,
//! the shop buys again by itself, and everything agrees at the end (I1 to I4, I7).
//!
//! `EMPORIUM_TEST_SECONDS=600 cargo test --workspace --test attacks outages -- --nocapture` is the long scenario.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use clock::Clock;
use system_tests::{Client, Crowd, Journal, RolesShop, Servers, plenty};

const SERVERS: [&str; 4] = ["postgres", "kafka", "elasticsearch", "redis"];
/// How long killing goes on, unless told.
const SECONDS: u64 = 60;
const SHOPPERS: usize = 16;
/// So often somebody begins a purchase: all of them wait when something is away, and the machine has time for its return.
const PACE: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_mins(5);

/// What is killed next: servers and roles by turns, each of them once before any comes again.
struct Deck<'a> {
    clock: Clock,
    all: [Vec<Victim<'a>>; 2],
    left: [Vec<Victim<'a>>; 2],
    turn: usize,
}

#[derive(Clone, Copy, Debug)]
enum Victim<'a> {
    Server(&'a str),
    Role(&'a str),
}

impl<'a> Deck<'a> {
    fn of(servers: &[&'a str], roles: &[&'a str]) -> Self {
        let all = [
            servers.iter().map(|name| Victim::Server(name)).collect(),
            roles.iter().map(|name| Victim::Role(name)).collect(),
        ];
        Self {
            clock: Clock::system(),
            all,
            left: [Vec::new(), Vec::new()],
            turn: 0,
        }
    }

    fn deal(&mut self) -> Victim<'a> {
        let (all, left) = (&self.all[self.turn % 2], &mut self.left[self.turn % 2]);
        self.turn += 1;
        if left.is_empty() {
            left.clone_from(all);
        }
        let chosen = usize::from(u16::from_le_bytes(self.clock.bytes())) % left.len();
        left.swap_remove(chosen)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_outlives_each_of_its_parts() {
    let _alone = system_tests::alone().await;
    let Some(servers) = Servers::start(&SERVERS).await else {
        return;
    };
    let seconds = system_tests::seconds(SECONDS);
    let mut shop = RolesShop::start(servers.settings()).await;
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::create(&folder.path().join("journal.jsonl")));
    let doors = shop.doors();
    let mut variants = Vec::new();
    for word in ["jacket", "lamp", "coffee"] {
        variants.push(plenty(&doors[0], word).await);
    }
    let crowd = Crowd::gather(&doors, &journal, &variants, SHOPPERS, PACE);
    crowd.warms_up().await;

    let roles = shop.names();
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let mut deck = Deck::of(&SERVERS, &roles);
    let began = Instant::now();
    let clock = Clock::system();
    let mut kills = 0;
    // Each server at least once, also on a machine that is slow.
    while began.elapsed() < Duration::from_secs(seconds) || kills < 2 * SERVERS.len() {
        let victim = deck.deal();
        // A while of peace, then a while without it, both at random: the moment is what is tried here.
        tokio::time::sleep(Duration::from_secs(1).mul_f64(clock.fraction())).await;
        let bought = crowd.bought();
        let away = Duration::from_secs(3).mul_f64(clock.fraction());
        match victim {
            Victim::Server(name) => {
                servers.kill(name).await;
                // The while without it.
                tokio::time::sleep(away).await;
                servers.bring_back(name).await;
            }
            Victim::Role(name) => {
                shop.kill(name);
                // The while without it.
                tokio::time::sleep(away).await;
                shop.restart(name);
                shop.ready(name).await;
            }
        }
        let recovery = crowd
            .buys_again(&format!("after {victim:?} was back"))
            .await;
        if matches!(victim, Victim::Server("elasticsearch")) {
            finds_again(&doors[0], &crowd).await;
        }
        kills += 1;
        println!(
            "{victim:?}: away for {away:?}, bought after {recovery:?} more, {} purchases meanwhile",
            crowd.bought() - bought
        );
    }
    let codes = crowd.codes();
    let bought = crowd.go_home().await;
    println!("{kills} kills, {bought} purchases, told to be patient: {codes:?}");
    assert!(bought > kills, "hardly anybody could buy");
    assert!(
        !codes.contains_key("INTERNAL"),
        "an outage is no fault of ours: {codes:?}"
    );
    let (holds, said) = shop.command(&journal.check());
    assert!(holds, "{said}");
    println!("{said}");
}

/// Search answers again within the same time.
async fn finds_again(client: &Client, crowd: &Crowd) {
    let began = Instant::now();
    loop {
        let answer = client
            .graphql(
                "{ searchProducts(query: \"jacket\", first: 1) { nodes { id } } }",
                serde_json::Value::Null,
            )
            .await;
        match answer.errors() {
            [] => break,
            [error, ..] => assert_eq!(error["extensions"]["retryable"], true, "{error}"),
        }
        assert!(began.elapsed() < PATIENCE, "search does not come back");
        testkit::pause(began).await;
    }
    let took = began.elapsed();
    crowd.in_time(took, "until search was back").await;
}
