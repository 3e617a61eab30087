use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use rusqlite::Connection;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Endpoint;
use crate::emulator::Shared;
use crate::events::Fresh;
use crate::time;
use crate::writer::Work;

/// Payloads are kept in memory up to so many waiting webhooks; beyond, they are read again from
/// the state file when their time comes.
const PAYLOADS_IN_MEMORY: usize = 4_096;

/// A webhook that waits. Ordered by the moment it is due, then by its arrival.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    due_ms: i64,
    arrival: u64,
    seq: i64,
    created_ms: i64,
    attempts: u32,
    /// A copy made by the switch that duplicates: sent once, whatever comes of it.
    copy: bool,
    payload: Option<Bytes>,
}

enum Finished {
    /// An attempt that needs no other; with the row to mark when it was delivered.
    Attempted(Option<i64>),
    Again(Waiting),
    /// Rows were marked as lost.
    Lost,
    /// Rows were marked as delivered; the next ones may be.
    Marked,
}

/// Sends webhooks: a heap of what waits, in front of the rows that are the truth. A row is marked
/// only after the endpoint has answered, so a crash repeats a webhook and never drops one.
pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
    endpoint: Endpoint,
    url: watch::Receiver<Option<Uri>>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    arrivals: u64,
    under_way: usize,
    tasks: JoinSet<Finished>,
    delivered: Vec<i64>,
    marking: bool,
}

impl Dispatcher {
    /// Takes up what an earlier run left undelivered, to be tried at once.
    pub(crate) async fn new(
        shared: Arc<Shared>,
        endpoint: Endpoint,
        url: watch::Receiver<Option<Uri>>,
    ) -> rusqlite::Result<Self> {
        let rows = shared.store.readers.read_long(undelivered).await?;
        let mut dispatcher = Self {
            shared,
            endpoint,
            url,
            waiting: BinaryHeap::new(),
            arrivals: 0,
            under_way: 0,
            tasks: JoinSet::new(),
            delivered: Vec::new(),
            marking: false,
        };
        for (seq, created_ms, attempts) in rows {
            dispatcher.push(Waiting {
                due_ms: 0,
                arrival: 0,
                seq,
                created_ms,
                attempts,
                copy: false,
                payload: None,
            });
        }
        Ok(dispatcher)
    }

    /// Runs until cancelled. What is under way then is sent again by the next run.
    pub(crate) async fn run(
        mut self,
        mut fresh: mpsc::UnboundedReceiver<Fresh>,
        cancel: CancellationToken,
    ) {
        let mut arrived = Vec::new();
        let mut told = true;
        loop {
            let next = self.next_due();
            tokio::select! {
                () = cancel.cancelled() => break,
                changed = self.url.changed(), if told => told = changed.is_ok(),
                count = fresh.recv_many(&mut arrived, 256) => {
                    if count == 0 {
                        break;
                    }
                    self.enter(arrived.drain(..));
                }
                Some(finished) = self.tasks.join_next() => self.finish(finished.ok()),
                () = time::sleep_until_ms(next) => {}
            }
            self.start_due();
            self.mark();
        }
        self.tasks.abort_all();
        if !self.delivered.is_empty() {
            let work = Work::Done {
                seqs: self.delivered,
                lost: false,
            };
            let _ = self.shared.store.write(work).await;
        }
    }

    /// When the next webhook is due; never while there is no endpoint or no room.
    fn next_due(&self) -> Option<i64> {
        if self.url.borrow().is_none() || self.under_way >= self.shared.config.webhook_concurrency {
            return None;
        }
        self.waiting.peek().map(|Reverse(waiting)| waiting.due_ms)
    }

    fn push(&mut self, mut waiting: Waiting) {
        self.arrivals += 1;
        waiting.arrival = self.arrivals;
        if self.waiting.len() >= PAYLOADS_IN_MEMORY {
            waiting.payload = None;
        }
        self.waiting.push(Reverse(waiting));
    }

    /// Queues new events as the switches have it.
    fn enter(&mut self, events: impl Iterator<Item = Fresh>) {
        let mut lost = Vec::new();
        for event in events {
            let fate = self.shared.switches.delivery();
            if fate.lost {
                lost.push(event.seq);
                continue;
            }
            for copy in 0..fate.copies {
                self.push(Waiting {
                    due_ms: event.created_ms.saturating_add(fate.hold_ms),
                    arrival: 0,
                    seq: event.seq,
                    created_ms: event.created_ms,
                    attempts: 0,
                    copy: copy > 0,
                    payload: Some(event.payload.clone()),
                });
            }
        }
        if !lost.is_empty() {
            let shared = Arc::clone(&self.shared);
            self.tasks.spawn(async move {
                let _ = shared
                    .store
                    .write(Work::Done {
                        seqs: lost,
                        lost: true,
                    })
                    .await;
                Finished::Lost
            });
        }
    }

    fn start_due(&mut self) {
        let Some(url) = self.url.borrow().clone() else {
            return;
        };
        let now = time::now_ms();
        while self.under_way < self.shared.config.webhook_concurrency
            && self
                .waiting
                .peek()
                .is_some_and(|Reverse(waiting)| waiting.due_ms <= now)
            && let Some(Reverse(waiting)) = self.waiting.pop()
        {
            self.under_way += 1;
            let attempt = attempt(
                Arc::clone(&self.shared),
                self.endpoint.clone(),
                url.clone(),
                waiting,
            );
            self.tasks.spawn(attempt);
        }
    }

    fn finish(&mut self, finished: Option<Finished>) {
        match finished {
            Some(Finished::Marked) => self.marking = false,
            Some(Finished::Lost) => {}
            Some(Finished::Attempted(delivered)) => {
                self.under_way = self.under_way.saturating_sub(1);
                self.delivered.extend(delivered);
            }
            Some(Finished::Again(waiting)) => {
                self.under_way = self.under_way.saturating_sub(1);
                self.push(waiting);
            }
            // A task that panicked; the row stays pending for the next start.
            None => self.under_way = self.under_way.saturating_sub(1),
        }
    }

    /// Writes what was delivered, together and one write at a time.
    fn mark(&mut self) {
        if self.marking || self.delivered.is_empty() {
            return;
        }
        self.marking = true;
        let seqs = std::mem::take(&mut self.delivered);
        let shared = Arc::clone(&self.shared);
        self.tasks.spawn(async move {
            let _ = shared.store.write(Work::Done { seqs, lost: false }).await;
            Finished::Marked
        });
    }
}

async fn attempt(
    shared: Arc<Shared>,
    endpoint: Endpoint,
    url: Uri,
    mut waiting: Waiting,
) -> Finished {
    let payload = match waiting.payload.clone() {
        Some(payload) => Ok(payload),
        None => stored(&shared, waiting.seq)
            .await
            .map_err(|error| error.to_string()),
    };
    let result = match payload {
        Ok(payload) => endpoint.deliver(&url, payload).await,
        Err(error) => Err(error),
    };
    let reason = match result {
        _ if waiting.copy => return Finished::Attempted(None),
        Ok(()) => return Finished::Attempted(Some(waiting.seq)),
        Err(reason) => reason,
    };
    waiting.attempts = waiting.attempts.saturating_add(1);
    let now = time::now_ms();
    let schedule = &shared.config.retry;
    let young = now.saturating_sub(waiting.created_ms) < time::as_millis(schedule.give_up_after);
    let next = young.then(|| now.saturating_add(schedule.wait_ms(waiting.attempts)));
    tracing::debug!(
        webhook.attempts = waiting.attempts,
        webhook.given_up = !young,
        reason,
        "webhook was not delivered"
    );
    let work = Work::Failed {
        seq: waiting.seq,
        attempts: waiting.attempts,
        next_attempt_at: next,
    };
    // When this is not written, the row is still pending, which is as true.
    let _ = shared.store.write(work).await;
    match next {
        None => Finished::Attempted(None),
        Some(due_ms) => {
            waiting.due_ms = due_ms;
            Finished::Again(waiting)
        }
    }
}

/// Row, time and attempts of each webhook that waits.
fn undelivered(conn: &Connection) -> rusqlite::Result<Vec<(i64, i64, u32)>> {
    conn.prepare_cached(
        "SELECT seq, created * 1000, attempts FROM events WHERE delivery = 0 ORDER BY seq",
    )?
    .query_map([], |row| row.try_into())?
    .collect()
}

async fn stored(shared: &Shared, seq: i64) -> rusqlite::Result<Bytes> {
    let read = |conn: &Connection| {
        conn.prepare_cached("SELECT doc FROM events WHERE seq = ?")?
            .query_row([seq], |row| row.get::<_, String>(0))
    };
    Ok(shared.store.readers.read(read).await?.into())
}
