//! Waking whoever waits for new events: in this process at once, in others by NOTIFY.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Statement,
    sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::sync::Notify;

const CHANNEL: &str = "emporium_events";
/// Commits within this time after a NOTIFY share the next one.
const COALESCE: Duration = Duration::from_millis(5);
const RECONNECT: Duration = Duration::from_millis(500);

const IDLE: u8 = 0;
const SENDING: u8 = 1;
const AGAIN: u8 = 2;

/// Tells of commits that left events in the outbox.
pub(crate) struct Wakes {
    here: Arc<Notify>,
    /// A connection to tell other processes by; PostgreSQL alone has them.
    others: Option<DatabaseConnection>,
    /// This process, which need not hear itself.
    name: String,
    state: AtomicU8,
}

impl Wakes {
    pub(crate) fn new(connection: &DatabaseConnection, name: String) -> Self {
        let postgres = connection.get_database_backend() == DbBackend::Postgres;
        Self {
            here: Arc::new(Notify::new()),
            others: postgres.then(|| connection.clone()),
            name,
            state: AtomicU8::new(IDLE),
        }
    }

    pub(crate) fn here(&self) -> &Arc<Notify> {
        &self.here
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A commit left events. NOTIFY is sent after it, never inside, where it would make all commits queue; and by one
    /// task for all commits of the moment.
    pub(crate) fn wake(self: &Arc<Self>) {
        self.here.notify_one();
        if self.others.is_some()
            && self
                .state
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| {
                    (state != AGAIN).then_some(state + 1)
                })
                == Ok(IDLE)
        {
            tokio::spawn(Arc::clone(self).tell_others());
        }
    }

    async fn tell_others(self: Arc<Self>) {
        let Some(connection) = &self.others else {
            return;
        };
        loop {
            self.state.store(SENDING, Ordering::Release);
            let notify = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_notify($1, $2)",
                [CHANNEL.into(), self.name.as_str().into()],
            );
            // Whoever is not told finds the events when it polls.
            if let Err(error) = connection.query_one_raw(notify).await {
                tracing::debug!(error = %error, "NOTIFY failed");
            }
            tokio::time::sleep(COALESCE).await;
            let done =
                self.state
                    .compare_exchange(SENDING, IDLE, Ordering::AcqRel, Ordering::Acquire);
            if done.is_ok() {
                return;
            }
        }
    }

    /// Hears of commits of other processes, for ever; a lost connection is opened again, and what was missed meanwhile
    /// is made up for by one wake.
    pub(crate) async fn listen(&self, options: PgConnectOptions) {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options);
        loop {
            if let Err(error) = Box::pin(self.hear(&pool)).await {
                tracing::debug!(error = %error, "lost the connection that hears of new events");
            }
            tokio::time::sleep(RECONNECT).await;
        }
    }

    async fn hear(&self, pool: &sea_orm::sqlx::PgPool) -> Result<(), sea_orm::sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        self.here.notify_one();
        loop {
            match listener.try_recv().await? {
                Some(told) if told.payload() == self.name => {}
                Some(_) | None => self.here.notify_one(),
            }
        }
    }
}
