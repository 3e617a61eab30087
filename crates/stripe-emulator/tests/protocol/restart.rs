use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use stripe_emulator::Emulator;
use tempfile::TempDir;

use crate::shop::{Client, Hooks, Shop, config, text, until};

const FOLDER: &str = "EMULATOR_TEST_FOLDER";
const PAID: [&str; 3] = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
];

/// Not a test of its own: the process that [`what_was_answered_survives_kill_9`] starts and kills. Without the folder
/// that it hands over there is nothing to serve.
#[tokio::test]
async fn serve_until_killed() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let folder = TempDir::with_prefix_in("config", Path::new(&folder)).unwrap();
    let mut config = config(&folder);
    config.file = folder.path().parent().unwrap().join("stripe.sqlite");
    let emulator = Emulator::start(config).await.unwrap();
    println!("\nlistens on {}", emulator.address());
    std::future::pending::<()>().await;
}

struct Process(Child);

impl Process {
    fn start(folder: &Path) -> (Self, Client) {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "restart::serve_until_killed", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let address = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listens on ").map(str::to_owned))
            .unwrap();
        (Self(child), Client::new(address.parse().unwrap()))
    }

    /// SIGKILL: nothing is written or closed on the way out.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn what_was_answered_survives_kill_9() {
    let folder = TempDir::new().unwrap();
    let mut answered = Vec::new();
    for round in 0..5 {
        let (process, client) = Process::start(folder.path());
        for intent in &answered {
            let found = client
                .get(&format!("/v1/payment_intents/{intent}"))
                .await
                .ok();
            assert_eq!(found["status"], "succeeded");
        }
        // Several at once until the process dies under them, at no particular moment.
        let buyers: Vec<_> = (0..4)
            .map(|buyer| {
                let client = client.clone();
                tokio::spawn(async move {
                    let mut paid = Vec::new();
                    for number in 0.. {
                        let body = "amount=2000&currency=usd&payment_method_types[]=card&payment_method=pm_card_visa&confirm=true";
                        let key = format!("{round}-{buyer}-{number}");
                        let request = client
                            .form("/v1/payment_intents", body)
                            .header("Idempotency-Key", key);
                        match client.try_send(request).await {
                            Ok(answer) => paid.push(text(&answer.ok(), "id")),
                            Err(_) => break,
                        }
                    }
                    paid
                })
            })
            .collect();
        until("some payments", async || {
            let state = client.get("/_emulator/state").await.ok();
            let paid = state["payment_intents"]["succeeded"].as_u64().unwrap_or(0);
            (paid >= 20 * (round + 1)).then_some(())
        })
        .await;
        process.kill();
        for buyer in buyers {
            answered.extend(buyer.await.unwrap());
        }
    }

    // The webhooks had no endpoint so far: all of them are pending, and none was lost.
    let hooks = Hooks::listen().await;
    let config_folder = TempDir::new().unwrap();
    let mut config = config(&config_folder);
    config.file = folder.path().join("stripe.sqlite");
    config.webhook_url = Some(hooks.url());
    let emulator = Emulator::start(config).await.unwrap();
    let client = Client::new(emulator.address());
    let state = client.get("/_emulator/state").await.ok();
    let paid = state["payment_intents"]["succeeded"].as_u64().unwrap();
    assert!(paid >= u64::try_from(answered.len()).unwrap());
    assert_eq!(
        state["money"]["usd"]["captured"].as_u64().unwrap(),
        paid * 2000
    );
    until("every webhook", async || {
        let state = client.get("/_emulator/state").await.ok();
        (state["webhooks"]["delivered"] == paid * 3).then_some(())
    })
    .await;
    for intent in &answered {
        let mut kinds = hooks.kinds(intent);
        kinds.sort();
        kinds.dedup();
        assert_eq!(kinds.len(), 3, "{intent}: {kinds:?}");
    }
    emulator.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_keeps_keys_pending_charges_and_webhooks() {
    let Shop {
        emulator,
        client,
        hooks,
        folder,
    } = Shop::with(|config| {
        config.webhook_url = None;
        config.settle_after = std::time::Duration::from_millis(300);
    })
    .await;
    let body = "amount=2000&currency=usd&payment_method_types[]=us_bank_account&payment_method=pm_usBankAccount&confirm=true";
    let first = client
        .post_with_key("/v1/payment_intents", body, "once")
        .await
        .ok();
    assert_eq!(first["status"], "processing");
    emulator.shutdown().await;

    let mut config = config(&folder);
    config.webhook_url = Some(hooks.url());
    let emulator = Emulator::start(config).await.unwrap();
    let client = Client::new(emulator.address());
    let again = client
        .post_with_key("/v1/payment_intents", body, "once")
        .await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.body, first);
    let id = text(&first, "id");
    let late = ["charge.pending", "payment_intent.processing"];
    hooks.expect(&id, &[&PAID[..], &late].concat()).await;
}
