//! One replica of a subgraph.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// One replica: how busy it is, and whether it is to be called.
pub(crate) struct Replica {
    /// What it is called in settings; goes into the header `host`.
    pub(crate) authority: String,
    pub(crate) address: SocketAddr,
    calls: AtomicUsize,
    streams: AtomicUsize,
    out: AtomicBool,
}

/// What a replica is kept busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A request and its answer.
    Call,
    /// A WebSocket.
    Stream,
}

/// A replica that is busy until this is dropped.
pub(crate) struct Turn {
    pub(crate) replica: Arc<Replica>,
    work: Work,
}

impl Replica {
    pub(crate) fn new(authority: String, address: SocketAddr) -> Self {
        Self {
            authority,
            address,
            calls: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
            out: AtomicBool::new(false),
        }
    }

    fn busy(&self, work: Work) -> &AtomicUsize {
        match work {
            Work::Call => &self.calls,
            Work::Stream => &self.streams,
        }
    }

    pub(crate) fn load(&self, work: Work) -> usize {
        self.busy(work).load(Ordering::Relaxed)
    }

    /// Whether it is left out while another one can be called.
    pub(crate) fn is_out(&self) -> bool {
        self.out.load(Ordering::Relaxed)
    }

    /// Leaves it out until it says that it is ready. Says once why.
    pub(crate) fn leave_out(&self, subgraph: &str, why: &str) {
        if !self.out.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                subgraph.name = subgraph,
                replica.address = %self.address,
                why,
                "a replica is left out"
            );
        }
    }

    /// Takes it in again.
    pub(crate) fn take_in(&self, subgraph: &str) {
        if self.out.swap(false, Ordering::Relaxed) {
            tracing::info!(
                subgraph.name = subgraph,
                replica.address = %self.address,
                "a replica is back"
            );
        }
    }

    pub(crate) fn begin(self: &Arc<Self>, work: Work) -> Turn {
        self.busy(work).fetch_add(1, Ordering::Relaxed);
        Turn {
            replica: Arc::clone(self),
            work,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.replica.busy(self.work).fetch_sub(1, Ordering::Relaxed);
    }
}
