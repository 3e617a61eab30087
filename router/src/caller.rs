//! Who sent an operation. Goes along with it through hive-router's hooks.

use std::{
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use identity::Viewer;

use crate::engine::Wiring;

/// The sender of one operation, and what the hooks need to serve it.
pub(crate) struct Caller {
    pub(crate) viewer: Viewer,
    pub(crate) address: IpAddr,
    pub(crate) authorization: Option<String>,
    pub(crate) deadline: Instant,
    pub(crate) wiring: Arc<Wiring>,
    operation: OnceLock<(&'static str, String)>,
    failed: AtomicBool,
    public: AtomicBool,
}

impl Caller {
    pub(crate) fn new(
        viewer: Viewer,
        address: IpAddr,
        authorization: Option<String>,
        deadline: Instant,
        wiring: Arc<Wiring>,
    ) -> Self {
        Self {
            viewer,
            address,
            authorization,
            deadline,
            wiring,
            operation: OnceLock::new(),
            failed: AtomicBool::new(false),
            public: AtomicBool::new(false),
        }
    }

    /// Notes what is being run, once it is known.
    pub(crate) fn runs(&self, kind: &'static str, name: Option<&str>) {
        let _ = self.operation.set((kind, name.unwrap_or("").to_owned()));
    }

    /// The kind and name of the operation; both empty when it was refused before they were known.
    pub(crate) fn operation(&self) -> (&'static str, &str) {
        self.operation
            .get()
            .map_or(("", ""), |(kind, name)| (*kind, name))
    }

    /// Notes that the answer carries an error.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Notes that all it selects is public.
    pub(crate) fn is_public(&self) {
        self.public.store(true, Ordering::Relaxed);
    }

    /// The operation's name, if its answer may be kept for others.
    pub(crate) fn public_operation(&self) -> Option<&str> {
        self.public
            .load(Ordering::Relaxed)
            .then(|| self.operation().1)
    }

    /// Whether it does.
    pub(crate) fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}
