use std::sync::Arc;
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use http::StatusCode;
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::error::{ApiError, Stop};
use crate::events::Fresh;
use crate::idempotency::{self, Key};
use crate::intents::{self, Confirmation, IntentChanges, NewIntent};
use crate::refunds::{self, NewRefund};
use crate::{expand, time};

/// Most work committed in one transaction.
const BATCH: usize = 64;

/// A change that an API call asks for, its parameters already validated.
#[derive(Debug)]
pub(crate) enum Command {
    CreateIntent(Box<NewIntent>),
    UpdateIntent(String, Box<IntentChanges>),
    ConfirmIntent(String, Box<Confirmation>),
    CancelIntent(String, Option<String>),
    CreateRefund(Box<NewRefund>),
}

/// The API call that causes a change, as events name it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) request: Option<String>,
    pub(crate) key: Option<String>,
}

/// One API call to execute.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) command: Command,
    pub(crate) origin: Origin,
    pub(crate) key: Option<Key>,
    pub(crate) expand: Vec<String>,
    pub(crate) fail_after: bool,
}

/// Everything that changes the state file.
#[derive(Debug)]
pub(crate) enum Work {
    Call(Box<Call>),
    /// The customer completed (or failed) the authentication of an intent.
    Authenticate {
        intent: String,
        completed: bool,
    },
    /// Settles the pending charges that are due.
    Settle,
    /// Webhooks that need no further attempt: delivered, or lost on purpose.
    Done {
        seqs: Vec<i64>,
        lost: bool,
    },
    /// A failed attempt; without a next one the event is given up.
    Failed {
        seq: i64,
        attempts: u32,
        next_attempt_at: Option<i64>,
    },
    /// Deletes what is older than Stripe keeps it.
    Purge,
}

/// Work with the way back to who asked for it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) work: Work,
    pub(crate) reply: oneshot::Sender<Answer>,
}

/// An HTTP answer, as it is sent and as it is stored under an idempotency key.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    /// The first request's id, when the answer is a stored one.
    pub(crate) replay_of: Option<String>,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            body: body.into(),
            replay_of: None,
        }
    }

    pub(crate) fn ok(body: impl Into<Bytes>) -> Self {
        Self::new(StatusCode::OK, body)
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self::new(error.status, error.body())
    }
}

/// What the writer needs to know of the configuration.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where the pages for authentication are, without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) settle_after_ms: i64,
    /// Event types that are sent as webhooks.
    pub(crate) webhook_events: Vec<String>,
}

/// What has to be told to others once a transaction is committed.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) fresh: Vec<Fresh>,
    pub(crate) settles: bool,
}

/// An open transaction.
pub(crate) struct Tx<'t> {
    pub(crate) conn: &'t Connection,
    pub(crate) now_ms: i64,
    pub(crate) origin: &'t Origin,
    pub(crate) settings: &'t Settings,
    pub(crate) effects: &'t mut Effects,
}

impl Tx<'_> {
    /// Seconds since the epoch, as objects state times.
    pub(crate) fn now(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }
}

/// The one writer. It takes whatever waits and commits it together, so that the cost of a
/// transaction is shared under load and nobody waits for a batch to fill.
pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(crate) settings: Arc<Settings>,
    pub(crate) fresh: mpsc::UnboundedSender<Fresh>,
    pub(crate) settles: Arc<Notify>,
}

impl Writer {
    /// Starts the thread, which runs until the last sender of jobs is gone. A batch is handed over
    /// once, however many statements it takes.
    pub(crate) fn start(self, inbox: mpsc::Receiver<Job>) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new()
            .name("stripe-writer".to_owned())
            .spawn(move || self.run(inbox))
    }

    fn run(mut self, mut inbox: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(BATCH);
        while inbox.blocking_recv_many(&mut batch, BATCH) > 0 {
            match self.commit(&batch) {
                Ok(answers) => reply(batch.drain(..), answers),
                Err(error) if batch.len() == 1 => {
                    tracing::error!(error = %error, "payment emulator could not write its state");
                    batch.clear();
                }
                // One bad job must not take the others with it.
                Err(_) => {
                    for job in batch.drain(..) {
                        match self.commit(std::slice::from_ref(&job)) {
                            Ok(answers) => reply([job], answers),
                            Err(error) => tracing::error!(
                                error = %error,
                                "payment emulator could not write its state"
                            ),
                        }
                    }
                }
            }
        }
        if let Err((_, error)) = self.conn.close() {
            tracing::warn!(error = %error, "payment emulator did not close its state file");
        }
    }

    fn commit(&mut self, jobs: &[Job]) -> rusqlite::Result<Vec<Answer>> {
        let mut effects = Effects::default();
        let mut answers = Vec::with_capacity(jobs.len());
        let transaction = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for job in jobs {
            let nobody = Origin::default();
            let mut tx = Tx {
                conn: &transaction,
                now_ms: time::now_ms(),
                origin: match &job.work {
                    Work::Call(call) => &call.origin,
                    _ => &nobody,
                },
                settings: &self.settings,
                effects: &mut effects,
            };
            answers.push(perform(&mut tx, &job.work)?);
        }
        transaction.commit()?;
        for fresh in effects.fresh {
            // The dispatcher is gone only when the emulator shuts down; the row stays pending.
            let _ = self.fresh.send(fresh);
        }
        if effects.settles {
            self.settles.notify_one();
        }
        Ok(answers)
    }
}

fn reply(jobs: impl IntoIterator<Item = Job>, answers: Vec<Answer>) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        // A caller that went away does not undo what was committed.
        let _ = job.reply.send(answer);
    }
}

fn perform(tx: &mut Tx<'_>, work: &Work) -> rusqlite::Result<Answer> {
    let result = match work {
        Work::Call(call) => return answer_call(tx, call),
        Work::Authenticate { intent, completed } => intents::authenticate(tx, intent, *completed),
        Work::Settle => intents::settle_due(tx),
        Work::Done { seqs, lost } => {
            let seqs = crate::error::json(seqs);
            tx.conn
                .prepare_cached(
                    "UPDATE events SET delivery = ?, attempts = attempts + 1, next_attempt_at = NULL
                     WHERE seq IN (SELECT value FROM json_each(?))",
                )?
                .execute(params![if *lost { 2 } else { 1 }, seqs])?;
            Ok(Answer::ok(""))
        }
        Work::Failed {
            seq,
            attempts,
            next_attempt_at,
        } => {
            let delivery = if next_attempt_at.is_some() { 0 } else { 3 };
            tx.conn
                .prepare_cached(
                    "UPDATE events SET delivery = ?, attempts = ?, next_attempt_at = ? WHERE seq = ?",
                )?
                .execute(params![delivery, attempts, next_attempt_at, seq])?;
            Ok(Answer::ok(""))
        }
        Work::Purge => crate::housekeeping::purge(tx).map(|()| Answer::ok("")),
    };
    settle(result)
}

fn settle(result: Result<Answer, Stop>) -> rusqlite::Result<Answer> {
    match result {
        Ok(answer) => Ok(answer),
        Err(Stop::Refused(error)) => Ok(error.into()),
        Err(Stop::Broken(error)) => Err(error),
    }
}

/// Executes a call at most once per idempotency key: the look-up, the effect and the stored
/// answer share the transaction.
fn answer_call(tx: &mut Tx<'_>, call: &Call) -> rusqlite::Result<Answer> {
    if let Some(key) = &call.key
        && let Some(answer) = idempotency::look(tx, key)?
    {
        return Ok(answer);
    }
    let result = match &call.command {
        Command::CreateIntent(new) => intents::create(tx, new),
        Command::UpdateIntent(id, changes) => intents::update(tx, id, changes),
        Command::ConfirmIntent(id, confirmation) => intents::confirm(tx, id, confirmation),
        Command::CancelIntent(id, reason) => intents::cancel(tx, id, reason.as_deref()),
        Command::CreateRefund(new) => refunds::create(tx, new),
    };
    let mut answer = settle(result)?;
    if answer.status.is_success() && !call.expand.is_empty() {
        answer.body = expand::body(tx.conn, &answer.body, &call.expand)?;
    }
    if call.fail_after {
        answer = ApiError::internal().into();
    }
    if let Some(key) = &call.key {
        idempotency::keep(tx, key, &answer)?;
    }
    Ok(answer)
}
