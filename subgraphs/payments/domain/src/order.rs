//! What payments knows of an order.

use serde::{Deserialize, Serialize};

/// How an order stands, as far as its money is concerned. Orders alone judges; this is a copy of its word.
/// The later variant is the later word: an order that has ended is never paid again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderOutcome {
    /// It waits for its payment.
    Open,
    /// It counts as paid: the money is kept.
    Paid,
    /// It expired or was cancelled: no money may be kept.
    Ended,
}

impl OrderOutcome {
    /// What is known after `news`, in whatever order and however often news comes.
    #[must_use]
    pub fn learn(self, news: Self) -> Self {
        self.max(news)
    }
}
