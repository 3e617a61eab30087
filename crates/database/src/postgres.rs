//! How connections to PostgreSQL are opened.

use std::{str::FromStr, time::Duration};

use sea_orm::{
    ConnectOptions, DatabaseConnection,
    sqlx::postgres::{PgConnectOptions, PgSslMode},
};

use crate::{DatabaseConfig, DatabaseError, Isolation, Tls};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
    /// Migrations and listening: without limits of time.
    Maintain,
}

/// Statements that a connection remembers prepared.
const PREPARED: usize = 256;

/// More than one provider of TLS may be linked into a process; when nobody has chosen, this is the one.
fn choose_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody may choose at this very moment.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// A pool of connections that are given everything with their first message: no setting costs a statement.
pub(crate) async fn pool(
    config: &DatabaseConfig,
    connections: u32,
    purpose: Purpose,
) -> Result<DatabaseConnection, DatabaseError> {
    choose_tls();
    let mut options = ConnectOptions::new(&config.url);
    let own = config.clone();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
        .test_before_acquire_if_idle_for(Duration::from_millis(config.test_after_idle_ms))
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_opts(move |postgres| with_settings(&own, purpose, postgres));
    // A connection's handshake is a large future.
    Ok(Box::pin(sea_orm::Database::connect(options)).await?)
}

/// The options of one connection outside of the pools.
pub(crate) fn single(config: &DatabaseConfig) -> Result<PgConnectOptions, DatabaseError> {
    choose_tls();
    let options = PgConnectOptions::from_str(&config.url)
        .map_err(|error| sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())))?;
    Ok(with_settings(config, Purpose::Maintain, options))
}

fn with_settings(
    config: &DatabaseConfig,
    purpose: Purpose,
    postgres: PgConnectOptions,
) -> PgConnectOptions {
    let mut postgres = postgres
        .statement_cache_capacity(PREPARED)
        .application_name("emporium");
    let has_ca = !config.ca_file.as_os_str().is_empty();
    postgres = match config.tls {
        Tls::Url if has_ca => postgres.ssl_mode(PgSslMode::VerifyFull),
        Tls::Url => postgres,
        Tls::Disable => postgres.ssl_mode(PgSslMode::Disable),
        Tls::Require => postgres.ssl_mode(PgSslMode::Require),
        Tls::VerifyCa => postgres.ssl_mode(PgSslMode::VerifyCa),
        Tls::VerifyFull => postgres.ssl_mode(PgSslMode::VerifyFull),
    };
    if has_ca {
        postgres = postgres.ssl_root_cert(&config.ca_file);
    }
    let limit = |name, milliseconds: u64| (name, milliseconds.to_string());
    match purpose {
        Purpose::Read => postgres.options([
            limit("statement_timeout", config.statement_timeout_ms),
            limit("lock_timeout", config.lock_timeout_ms),
            ("default_transaction_read_only", "on".to_owned()),
        ]),
        Purpose::Write => postgres.options([
            limit("statement_timeout", config.statement_timeout_ms),
            limit("lock_timeout", config.lock_timeout_ms),
            limit(
                "idle_in_transaction_session_timeout",
                config.idle_in_transaction_timeout_ms,
            ),
            (
                "default_transaction_isolation",
                match config.isolation {
                    Isolation::ReadCommitted => "read committed",
                    Isolation::RepeatableRead => "repeatable read",
                    Isolation::Serializable => "serializable",
                }
                .to_owned(),
            ),
        ]),
        Purpose::Maintain => postgres,
    }
}
