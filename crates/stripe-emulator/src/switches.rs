use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// Disturbances for tests and demonstrations. What a JSON document leaves out is off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Seed of every choice by chance, so that a run can be repeated.
    pub seed: u64,
    /// What happens to webhooks.
    pub webhooks: WebhookSwitches,
    /// What happens to API calls.
    pub api: ApiSwitches,
}

/// Disturbances of webhooks, decided when an event enters the queue. Retries are undisturbed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSwitches {
    /// Hold each first attempt back by so many milliseconds.
    pub delay_ms: u64,
    /// Send each event so many times more.
    pub duplicate: u32,
    /// Shuffle events that occur within so many milliseconds of one another: each is held back
    /// by a random part of it.
    pub reorder_ms: u64,
    /// Lose this share of events (0 to 1) for good, as if they had been delivered.
    pub lose_fraction: f64,
    /// Lose the next so many events for good.
    pub lose_next: u32,
}

/// Disturbances of API calls under `/v1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiSwitches {
    /// Answer every call so many milliseconds late.
    pub latency_ms: u64,
    /// Answer the next so many calls with 500 before anything is done or stored.
    pub fail_before: u32,
    /// Execute the next so many calls, then answer 500; that answer is what an idempotency key
    /// replays, as with Stripe.
    pub fail_after: u32,
    /// Execute the next so many calls and cut the connection in place of an answer.
    pub cut_after: u32,
    /// Spare calls other than those whose method and path begin so, such as
    /// `POST /v1/payment_intents`, from the three counters. Empty hits every call.
    pub only: String,
}

/// What is to happen to one API call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fate {
    pub(crate) latency: Duration,
    pub(crate) fail_before: bool,
    pub(crate) fail_after: bool,
    pub(crate) cut_after: bool,
}

/// What is to happen to one event's webhook.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    pub(crate) lost: bool,
    pub(crate) copies: u32,
    /// Milliseconds to hold the event back.
    pub(crate) hold_ms: i64,
}

/// The switches in force and the chance drawn for them.
#[derive(Debug)]
pub(crate) struct SwitchBoard(Mutex<(Switches, StdRng)>);

impl SwitchBoard {
    pub(crate) fn new(switches: Switches) -> Self {
        let chance = StdRng::seed_from_u64(switches.seed);
        Self(Mutex::new((switches, chance)))
    }

    fn lock(&self) -> MutexGuard<'_, (Switches, StdRng)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self) -> Switches {
        self.lock().0.clone()
    }

    pub(crate) fn set(&self, switches: Switches) {
        let chance = StdRng::seed_from_u64(switches.seed);
        *self.lock() = (switches, chance);
    }

    pub(crate) fn fate(&self, method: &str, path: &str) -> Fate {
        let mut board = self.lock();
        let api = &mut board.0.api;
        let latency = Duration::from_millis(api.latency_ms);
        let call = format_args!("{method} {path}").to_string();
        if !call.starts_with(&api.only) {
            return Fate {
                latency,
                ..Fate::default()
            };
        }
        let fail_before = take(&mut api.fail_before);
        let fail_after = !fail_before && take(&mut api.fail_after);
        let cut_after = !fail_before && !fail_after && take(&mut api.cut_after);
        Fate {
            latency,
            fail_before,
            fail_after,
            cut_after,
        }
    }

    pub(crate) fn delivery(&self) -> Delivery {
        let mut board = self.lock();
        let (switches, chance) = &mut *board;
        let webhooks = &mut switches.webhooks;
        let lost = take(&mut webhooks.lose_next)
            || (webhooks.lose_fraction > 0.0
                && chance.random_bool(webhooks.lose_fraction.clamp(0.0, 1.0)));
        let shuffle = match webhooks.reorder_ms {
            0 => 0,
            window => chance.random_range(0..window),
        };
        let hold = webhooks.delay_ms.saturating_add(shuffle);
        Delivery {
            lost,
            copies: webhooks.duplicate.min(100).saturating_add(1),
            hold_ms: i64::try_from(hold).unwrap_or(i64::MAX),
        }
    }
}

fn take(counter: &mut u32) -> bool {
    let some = *counter > 0;
    *counter = counter.saturating_sub(1);
    some
}
