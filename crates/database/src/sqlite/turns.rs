//! Who has the connection that writes, and whose changes are committed together.
//!
//! One unit of work after another has the connection. While others wait, what a unit has changed is not committed yet: the next
//! one goes on in the same transaction of SQLite, in a savepoint of its own, and all are committed at once. A page that
//! several have changed is written once so, and with `synchronous = "full"` they wait for the disk once. Nobody is told that
//! their changes last before they do, and what one undoes is undone for that one alone.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::ffi;
use sea_orm::{ConnAcquireErr, DbErr};
use tokio::{runtime::Handle, sync::oneshot, time::timeout};

use super::{connection::Connection, values::refused};
use crate::DatabaseError;

/// Units of work that are committed together, at most.
const MOST: usize = 64;
/// How long the changes of the first of them wait for those of others.
const LONGEST: Duration = Duration::from_millis(10);
/// Pages in the write-ahead log from which on it is moved into the file: SQLite's own number.
const MANY: i32 = 1_000;

/// Whether changes last.
type Outcome = Result<(), DbErr>;

/// Those who want the connection, and the connection while nobody has it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Line {
    state: Arc<Mutex<State>>,
    /// Whether a commit waits for the disk.
    waits: bool,
}

struct State {
    place: Place,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// Where the connection is.
enum Place {
    Here(Box<Connection>),
    Lent,
    Closed,
}

impl Line {
    pub(super) fn new(connection: Box<Connection>, waits: bool) -> Self {
        let state = State {
            place: Place::Here(connection),
            waiting: VecDeque::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            waits,
        }
    }

    /// Waits for one's turn, for so long.
    pub(super) async fn turn(&self, patience: Duration) -> Result<Turn, DatabaseError> {
        let waiting = {
            let mut state = self.state();
            match mem::replace(&mut state.place, Place::Lent) {
                Place::Here(connection) => {
                    return Ok(Turn::of(Lent::new(self.clone(), connection)));
                }
                Place::Closed => {
                    state.place = Place::Closed;
                    return Err(acquire(ConnAcquireErr::ConnectionClosed));
                }
                Place::Lent => {}
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.push_back(sender);
            receiver
        };
        match timeout(patience, waiting).await {
            Ok(turn) => turn.map_err(|_| acquire(ConnAcquireErr::ConnectionClosed)),
            Err(_) => Err(acquire(ConnAcquireErr::Timeout)),
        }
    }

    /// Whether somebody has the connection.
    pub(super) fn is_in_use(&self) -> bool {
        matches!(self.state().place, Place::Lent)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection in somebody's hands, with those whose changes are not committed yet.
struct Lent {
    line: Line,
    connection: Box<Connection>,
    group: Vec<oneshot::Sender<Outcome>>,
    /// When the transaction began.
    began: Instant,
}

impl Lent {
    fn new(line: Line, connection: Box<Connection>) -> Self {
        Self {
            line,
            connection,
            group: Vec::new(),
            began: Instant::now(),
        }
    }

    /// Gives the connection to whoever is next; commits first when nobody waits or enough have changed something.
    /// `may_wait` where the thread may wait for the disk.
    fn pass_on(mut self, may_wait: bool) {
        self.notice_loss();
        loop {
            if let Some(next) = self.next() {
                match next.send(Turn::of(self)) {
                    Ok(()) => return,
                    Err(mut refused) => match refused.lent.take() {
                        Some(lent) => self = lent,
                        None => return,
                    },
                }
                continue;
            }
            if self.group.is_empty() {
                match self.put_down() {
                    Some(wanted) => self = wanted,
                    None => return,
                }
                continue;
            }
            if self.line.waits && !may_wait {
                return elsewhere(move || self.pass_on(true));
            }
            if self.commit() < MANY {
                continue;
            }
            // Nobody writes before the log is moved, or it would grow for as long as somebody does.
            if !may_wait {
                return elsewhere(move || {
                    self.checkpoint();
                    self.pass_on(true);
                });
            }
            self.checkpoint();
        }
    }

    /// Who goes on in this transaction, or in the next one when this one is over.
    fn next(&self) -> Option<oneshot::Sender<Turn>> {
        let may_grow = self.group.len() < MOST && self.began.elapsed() < LONGEST;
        if !self.group.is_empty() && !may_grow {
            return None;
        }
        self.line.state().waiting.pop_front()
    }

    /// Puts the connection down, unless somebody wants it by now.
    fn put_down(self) -> Option<Self> {
        let line = self.line.clone();
        let mut state = line.state();
        if !state.waiting.is_empty() {
            return Some(self);
        }
        state.place = Place::Here(self.connection);
        None
    }

    /// Commits, and tells everybody whose changes last now; gives the pages that are in the write-ahead log.
    fn commit(&mut self) -> i32 {
        let (outcome, logged) = match self.connection.commit() {
            Ok(logged) => (Ok(()), logged),
            Err(error) => (Err(refused(&error)), 0),
        };
        self.undo("ROLLBACK");
        self.tell(&outcome);
        logged
    }

    /// SQLite ends a transaction by itself, as when the disk is full. Then the changes of those before are lost with it;
    /// they may be made again.
    fn notice_loss(&mut self) {
        if !self.group.is_empty() && !self.connection.is_in_transaction() {
            let busy = ffi::Error::new(ffi::SQLITE_BUSY);
            let lost = "it was undone with a transaction that failed".to_owned();
            let lost = rusqlite::Error::SqliteFailure(busy, Some(lost));
            self.tell(&Err(refused(&lost)));
        }
    }

    fn tell(&mut self, outcome: &Outcome) {
        for waiting in self.group.drain(..) {
            // Who went away does not need to know.
            let _ = waiting.send(outcome.clone());
        }
    }

    fn undo(&self, words: &'static str) {
        if self.connection.is_in_transaction()
            && let Err(error) = self.connection.say(words)
        {
            tracing::error!(error = %error, "a transaction could not be undone");
        }
    }

    fn checkpoint(&self) {
        if let Err(error) = self.connection.checkpoint() {
            tracing::warn!(error = %error, "the write-ahead log was not moved into its database");
        }
    }
}

/// How far the unit of work at hand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// There is none.
    None,
    /// It began the transaction.
    First,
    /// It goes on in a transaction with changes of others.
    Later,
}

/// The time during which one unit of work has the connection. Dropped, what the unit has done is undone.
pub(super) struct Turn {
    /// Until it is passed on.
    lent: Option<Lent>,
    unit: Unit,
}

impl Turn {
    fn of(lent: Lent) -> Self {
        Self {
            lent: Some(lent),
            unit: Unit::None,
        }
    }

    /// Begins the unit of work.
    pub(super) fn begin(&mut self) -> Result<(), DatabaseError> {
        let lent = self.lent()?;
        let unit = if lent.group.is_empty() {
            lent.connection.say("BEGIN IMMEDIATE")?;
            lent.began = Instant::now();
            Unit::First
        } else {
            lent.connection.say("SAVEPOINT unit")?;
            Unit::Later
        };
        self.unit = unit;
        Ok(())
    }

    pub(super) fn connection(&mut self) -> Result<&mut Connection, DatabaseError> {
        Ok(&mut self.lent()?.connection)
    }

    /// Ends the unit of work; what comes says whether its changes last.
    pub(super) fn finish(mut self) -> Result<oneshot::Receiver<Outcome>, DatabaseError> {
        if self.unit == Unit::Later {
            self.connection()?.say("RELEASE unit")?;
        }
        self.unit = Unit::None;
        let (sender, receiver) = oneshot::channel();
        self.lent()?.group.push(sender);
        Ok(receiver)
    }

    /// Closes the connection, once what was to be committed is.
    pub(super) fn close(mut self) {
        if let Some(mut lent) = self.lent.take() {
            if !lent.group.is_empty() {
                lent.commit();
            }
            let waiting = {
                let mut state = lent.line.state();
                state.place = Place::Closed;
                mem::take(&mut state.waiting)
            };
            drop((lent, waiting));
        }
    }

    fn lent(&mut self) -> Result<&mut Lent, DatabaseError> {
        self.lent
            .as_mut()
            .ok_or_else(|| acquire(ConnAcquireErr::ConnectionClosed))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(lent) = self.lent.take() else {
            return;
        };
        match self.unit {
            Unit::None => {}
            Unit::First => lent.undo("ROLLBACK"),
            Unit::Later => {
                lent.undo("ROLLBACK TO unit");
                lent.undo("RELEASE unit");
            }
        }
        lent.pass_on(false);
    }
}

fn acquire(error: ConnAcquireErr) -> DatabaseError {
    DbErr::ConnectionAcquire(error).into()
}

/// Runs `work` on a blocking thread, or here when there is none.
fn elsewhere(work: impl FnOnce() + Send + 'static) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
    }
}
