//! How much a database is asked.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::Statement;

/// How much a database was asked since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Statements, without BEGIN and COMMIT, and without texts that are run unprepared.
    pub statements: u64,
    /// Write transactions that were committed.
    pub transactions: u64,
}

/// Who hears of each statement.
type Told = Box<dyn Fn(&Statement) + Send + Sync>;

/// Counts, and tells who wants to hear of each statement.
#[derive(Default)]
pub(crate) struct Meter {
    statements: AtomicU64,
    transactions: AtomicU64,
    told: OnceLock<Told>,
}

impl Meter {
    /// A statement is about to run, or has run.
    pub(crate) fn saw(&self, statement: &Statement) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        if let Some(told) = self.told.get() {
            told(statement);
        }
    }

    /// A write transaction was committed.
    pub(crate) fn committed(&self) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            statements: self.statements.load(Ordering::Relaxed),
            transactions: self.transactions.load(Ordering::Relaxed),
        }
    }

    /// From now on `told` hears of each statement; the first one stays.
    pub(crate) fn tell(&self, told: impl Fn(&Statement) + Send + Sync + 'static) {
        // Somebody may hear already.
        let _ = self.told.set(Box::new(told));
    }
}
