//! kill -9 at random moments while people buy: nothing that was answered is lost, nothing is stuck, everything agrees
//! (I3, I4).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use system_tests::{ChildShop, Client, Journal, PatientShopper, search};

const SETTINGS: [(&str, &str); 3] = [
    ("EMPORIUM__TELEMETRY__FILTER", "error"),
    ("EMPORIUM__USERS__REGISTRATIONS_PER_ADDRESS", "100000"),
    ("EMPORIUM__USERS__ARGON2_MEMORY_KIB", "64"),
];
const KILLS: usize = 30;
const SHOPPERS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_answered_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let journal = Arc::new(Journal::create(&folder.path().join("journal.jsonl")));
    let mut shop = ChildShop::start(&data, &SETTINGS).await;
    let client = Client::of(&shop.url());
    let mut variants = Vec::new();
    for word in ["jacket", "lamp", "coffee"] {
        variants.push(search(&client, word, 5).await.variant);
    }
    let variants = Arc::new(variants);
    let stop = Arc::new(AtomicBool::new(false));
    let bought = Arc::new(AtomicUsize::new(0));
    let shoppers: Vec<_> = (0..SHOPPERS)
        .map(|number| {
            let (client, journal, variants) =
                (client.clone(), Arc::clone(&journal), Arc::clone(&variants));
            let (stop, bought) = (Arc::clone(&stop), Arc::clone(&bought));
            tokio::spawn(async move {
                let shopper = PatientShopper::register(&client, &journal).await;
                for round in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    shopper
                        .buy(
                            &variants[(number + round) % variants.len()],
                            (number + round) % 5 == 0,
                        )
                        .await;
                    bought.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
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
    stop.store(true, Ordering::Relaxed);
    for shopper in shoppers {
        shopper.await.unwrap();
    }
    assert!(
        bought.load(Ordering::Relaxed) > KILLS,
        "hardly anybody could buy"
    );
    let (holds, said) = shop.command(&[
        "doctor",
        "--invariants",
        "--journal",
        journal.path().to_str().unwrap(),
    ]);
    assert!(holds, "while it runs: {said}");
    assert!(shop.terminate(), "the shop did not end well");
    let (holds, said) = shop.command(&[
        "doctor",
        "--invariants",
        "--journal",
        journal.path().to_str().unwrap(),
    ]);
    assert!(holds, "after it ended: {said}");
}
