//! How a role ends: it says that it is not ready, waits until whoever sends it work has seen that, finishes what is under
//! way, and goes.

use std::net::SocketAddr;

use futures::future::BoxFuture;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
};

use super::health::Health;
use crate::{process::Process, settings::ShopSettings};

/// A role that runs.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Ends it gracefully.
    pub(crate) end: BoxFuture<'static, ()>,
}

/// The signals that ask this process to end.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> Result<Self, String> {
        let listen =
            |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Ends what answers, and then what runs by itself: first it says that it is not ready, so that whoever sends requests looks
/// elsewhere; then live streams end with GOING_AWAY, requests under way are finished, and the rest of `process` ends.
pub(crate) async fn leave(
    process: &Process,
    health: &Health,
    shop: &ShopSettings,
    server: JoinHandle<std::io::Result<()>>,
) {
    health.end();
    tokio::time::sleep(shop.drain_delay()).await;
    process.streams.cancel();
    process.serving.cancel();
    match tokio::time::timeout(shop.drain(), server).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::error!(error = %error, "the server failed"),
        Ok(Err(error)) => tracing::error!(error = %error, "the server panicked"),
        Err(_) => tracing::warn!("requests were still under way and are cut off"),
    }
    process.end().await;
}
