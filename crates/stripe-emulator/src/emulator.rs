use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::JoinHandle;

use http::Uri;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::EmulatorConfig;
use crate::error::EmulatorError;
use crate::idempotency::InFlight;
use crate::store::Store;
use crate::switches::{SwitchBoard, Switches};
use crate::time;
use crate::webhooks::{Dispatcher, Endpoint, parse_url};
use crate::writer::{Settings, Writer};
use crate::{housekeeping, server, settlement};

/// What every part of a running emulator shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: EmulatorConfig,
    pub(crate) store: Store,
    pub(crate) switches: SwitchBoard,
    pub(crate) in_flight: InFlight,
    pub(crate) settles: Arc<Notify>,
}

/// A running emulator. Dropping it stops it; [`Emulator::shutdown`] also waits until it has.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    url: watch::Sender<Option<Uri>>,
    cancel: CancellationToken,
    tasks: TaskTracker,
    writer: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Opens the state file, takes up what an earlier run left undone and listens.
    ///
    /// # Errors
    /// When the address cannot be listened on, the state file cannot be used, or the webhook URL
    /// is not an `http://` URL.
    pub async fn start(config: EmulatorConfig) -> Result<Self, EmulatorError> {
        let webhook_url = config.webhook_url.as_deref().map(parse_url).transpose()?;
        let listen = |source| EmulatorError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let (store, conn, inbox) = Store::open(config.file.clone()).await?;
        let settings = Arc::new(Settings {
            base_url: match &config.public_url {
                Some(url) => url.trim_end_matches('/').to_owned(),
                None => format!("http://{address}"),
            },
            settle_after_ms: time::as_millis(config.settle_after),
            webhook_events: config.webhook_events.clone(),
        });
        let settles = Arc::new(Notify::new());
        let (fresh, events) = mpsc::unbounded_channel();
        let writer = Writer {
            conn,
            settings,
            fresh,
            settles: Arc::clone(&settles),
        };
        let writer = writer.start(inbox).map_err(EmulatorError::Writer)?;

        let endpoint = Endpoint::new(config.webhook_secret.clone(), config.webhook_timeout);
        let shared = Arc::new(Shared {
            switches: SwitchBoard::new(config.switches.clone()),
            in_flight: InFlight::default(),
            config,
            store,
            settles,
        });
        let (url, urls) = watch::channel(webhook_url);
        let dispatcher = Dispatcher::new(Arc::clone(&shared), endpoint, urls).await?;

        let cancel = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(dispatcher.run(events, cancel.clone()));
        tasks.spawn(settlement::run(Arc::clone(&shared), cancel.clone()));
        tasks.spawn(housekeeping::run(Arc::clone(&shared), cancel.clone()));
        tasks.spawn(server::run(listener, Arc::clone(&shared), cancel.clone()));
        tasks.close();
        tracing::info!(server.address = %address, "payment emulator listens");
        Ok(Self {
            address,
            shared,
            url,
            cancel,
            tasks,
            writer: Some(writer),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where API calls go: the `url` to give to a client of Stripe.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets where webhooks go; those that wait are sent at once.
    ///
    /// # Errors
    /// When it is not an absolute `http://` URL.
    pub fn set_webhook_url(&self, url: &str) -> Result<(), EmulatorError> {
        self.url.send_replace(Some(parse_url(url)?));
        Ok(())
    }

    /// The switches in force, with what is left of their counters.
    pub fn switches(&self) -> Switches {
        self.shared.switches.get()
    }

    /// Replaces all switches and starts their chance again from the seed.
    pub fn set_switches(&self, switches: Switches) {
        self.shared.switches.set(switches);
    }

    /// Stops: calls under way are answered, undelivered webhooks stay in the state file.
    pub async fn shutdown(mut self) {
        self.cancel.cancel();
        self.tasks.wait().await;
        self.shared.store.close().await;
        let Some(writer) = self.writer.take() else {
            return;
        };
        let ended = spawn_blocking(|| {
            if let Err(panic) = writer.join() {
                resume_unwind(panic);
            }
        });
        if let Err(error) = ended.await
            && error.is_panic()
        {
            tracing::error!(error = %error, "the payment emulator's writer panicked");
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
