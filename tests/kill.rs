//! kill -9 at random moments while people buy: nothing that was answered is lost, nothing is stuck, everything agrees
//! (I3, I4).

use std::{sync::Arc, time::Duration};

use system_tests::{ChildShop, Client, Crowd, Journal, search};

const SETTINGS: [(&str, &str); 3] = [
    ("EMPORIUM__TELEMETRY__FILTER", "error"),
    ("EMPORIUM__USERS__REGISTRATIONS_PER_ADDRESS", "100000"),
    ("EMPORIUM__USERS__ARGON2_MEMORY_KIB", "64"),
];
const KILLS: usize = 30;
const SHOPPERS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_answered_is_lost_when_the_process_is_killed() {
    let _alone = system_tests::alone().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let journal = Arc::new(Journal::create(&folder.path().join("journal.jsonl")));
    let mut shop = ChildShop::start(&data, &SETTINGS).await;
    let client = Client::of(&shop.url());
    let mut variants = Vec::new();
    for word in ["jacket", "lamp", "coffee"] {
        variants.push(search(&client, word, 5).await.variant);
    }
    let crowd = Crowd::gather(&[client], &journal, &variants, SHOPPERS, Duration::ZERO);
    let clock = clock::Clock::system();
    for _ in 0..KILLS {
        // Life is what is measured here: it ends at a random moment, sometimes before the shop is ready.
        tokio::time::sleep(
            Duration::from_millis(200) + Duration::from_millis(1_800).mul_f64(clock.fraction()),
        )
        .await;
        shop.kill();
        shop.restart();
        if clock.fraction() < 0.8 {
            shop.ready().await;
        }
    }
    shop.ready().await;
    let bought = crowd.go_home().await;
    assert!(bought > KILLS, "hardly anybody could buy");
    let (holds, said) = shop.command(&journal.check());
    assert!(holds, "while it runs: {said}");
    assert!(shop.terminate(), "the shop did not end well");
    let (holds, said) = shop.command(&journal.check());
    assert!(holds, "after it ended: {said}");
}
