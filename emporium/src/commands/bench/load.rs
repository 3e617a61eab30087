//! Load in a closed loop: each client sends its next operation when it has the answer to the last one.

use std::{collections::BTreeMap, future::Future, time::Duration};

use tokio::{task::JoinSet, time::Instant};

use super::process::Process;

const WARM_UP: Duration = Duration::from_secs(1);
/// So many errors are kept as text.
const KEPT: usize = 3;

/// One client of a scenario.
pub(super) trait Client: Send + 'static {
    /// What has to be done between two operations; it is not timed.
    fn prepare(&mut self) -> impl Future<Output = Result<(), String>> + Send {
        async { Ok(()) }
    }

    /// One operation; an error when the answer was not the one it should be.
    fn act(&mut self) -> impl Future<Output = Result<(), String>> + Send;

    /// How long the last operation took, where that is not the time of [`Client::act`].
    fn took(&self) -> Option<Duration> {
        None
    }
}

/// What was measured.
#[derive(Debug, Default)]
pub(super) struct Measurement {
    /// How long each operation took that went well.
    pub(super) latencies: Vec<Duration>,
    /// How many did not go well.
    pub(super) errors: u32,
    /// What went wrong, for some of them.
    pub(super) texts: Vec<String>,
    /// How long it was measured.
    pub(super) span: Duration,
    /// Time on a processor that the shop took.
    pub(super) cpu: Option<Duration>,
    /// Resident memory of each process of the shop at the end, in megabytes.
    pub(super) rss_mb: BTreeMap<String, f64>,
}

impl Measurement {
    /// Notes one operation.
    pub(super) fn note(&mut self, outcome: Result<Duration, String>) {
        match outcome {
            Ok(took) => self.latencies.push(took),
            Err(text) => {
                self.errors += 1;
                if self.texts.len() < KEPT {
                    self.texts.push(text);
                }
            }
        }
    }

    fn add(&mut self, mut other: Self) {
        self.latencies.append(&mut other.latencies);
        self.errors += other.errors;
        let room = KEPT.saturating_sub(self.texts.len());
        self.texts.extend(other.texts.into_iter().take(room));
    }

    /// How many operations went well.
    pub(super) fn operations(&self) -> u32 {
        u32::try_from(self.latencies.len()).unwrap_or(u32::MAX)
    }
}

/// Lets these clients work for `span`, after a second that does not count. Operations count that end within it.
pub(super) async fn closed_loop<C: Client>(
    clients: Vec<C>,
    span: Duration,
    process: &Process,
) -> Measurement {
    let begin = Instant::now() + WARM_UP;
    let end = begin + span;
    let mut tasks = JoinSet::new();
    for client in clients {
        tasks.spawn(work(client, begin, end));
    }
    tokio::time::sleep_until(begin).await;
    let before = process.cpu();
    tokio::time::sleep_until(end).await;
    let cpu = before
        .zip(process.cpu())
        .map(|(before, after)| after.saturating_sub(before));
    let mut whole = Measurement {
        span,
        cpu,
        rss_mb: process.rss_mb(),
        ..Measurement::default()
    };
    while let Some(part) = tasks.join_next().await {
        match part {
            Ok(part) => whole.add(part),
            Err(error) => whole.note(Err(format!("a client ended early: {error}"))),
        }
    }
    whole
}

async fn work<C: Client>(mut client: C, begin: Instant, end: Instant) -> Measurement {
    let mut measured = Measurement::default();
    while Instant::now() < end {
        if let Err(error) = client.prepare().await {
            measured.note(Err(error));
            continue;
        }
        let sent = Instant::now();
        let outcome = client.act().await;
        let answered = Instant::now();
        if (begin..=end).contains(&answered) || outcome.is_err() {
            measured.note(outcome.map(|()| client.took().unwrap_or(answered - sent)));
        }
    }
    measured
}
