//! `/health/live`, `/health/ready` and `/metrics` of a role.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use database::Database;
use identity::Verifier;
use messaging::kafka::Ready;
use serde_json::json;
use serving::Check;

/// A database that takes longer is away, as far as readiness goes.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a role looks at to say whether it is ready.
pub(crate) struct Health {
    registry: telemetry::Registry,
    databases: Vec<(&'static str, Database)>,
    verifier: Option<Arc<Verifier>>,
    hearing: Option<Ready>,
    ending: AtomicBool,
}

impl Health {
    /// Of a role that needs these databases.
    pub(crate) fn new(
        registry: telemetry::Registry,
        databases: Vec<(&'static str, Database)>,
    ) -> Self {
        Self {
            registry,
            databases,
            verifier: None,
            hearing: None,
            ending: AtomicBool::new(false),
        }
    }

    /// It verifies tokens as well, and needs keys for that.
    #[must_use]
    pub(crate) fn verifying(mut self, verifier: &Arc<Verifier>) -> Self {
        self.verifier = Some(Arc::clone(verifier));
        self
    }

    /// It must hear of events as well.
    #[must_use]
    pub(crate) fn hearing(mut self, hearing: Ready) -> Self {
        self.hearing = Some(hearing);
        self
    }

    /// Not ready from now on, whatever else there is.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// One check for each part.
    pub(crate) async fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut add = |name: String, outcome| checks.push(Check { name, outcome });
        if self.ending.load(Ordering::Relaxed) {
            add("process".to_owned(), Err("is ending".to_owned()));
        }
        for (name, database) in &self.databases {
            let asked = tokio::time::timeout(PATIENCE, database::now(database.read())).await;
            let outcome = match asked {
                Ok(Ok(now)) => Ok(format!("answers, its time is {now}")),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
            };
            add(format!("{name} database"), outcome);
        }
        if let Some(verifier) = &self.verifier {
            let outcome = if verifier.has_keys() {
                Ok("tokens can be verified".to_owned())
            } else {
                Err("the key set has not been read yet; see `users.key_set_urls`".to_owned())
            };
            add("key set".to_owned(), outcome);
        }
        if let Some(hearing) = &self.hearing {
            let outcome = if hearing.is_ready() {
                Ok("are heard".to_owned())
            } else {
                Err("are not heard yet; see that kafka can be reached".to_owned())
            };
            add("events".to_owned(), outcome);
        }
        checks
    }

    /// The routes.
    pub(crate) fn routes(self: &Arc<Self>) -> axum::Router {
        axum::Router::new()
            .route("/health/live", get(|| async { "ok" }))
            .route("/health/ready", get(ready))
            .route("/metrics", get(metrics))
            .with_state(Arc::clone(self))
    }
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    let checks = health.checks().await;
    let ready = checks.iter().all(|check| check.outcome.is_ok());
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(json!({ "ready": ready, "checks": checks }))).into_response()
}

async fn metrics(State(health): State<Arc<Health>>) -> Response {
    match health.registry.render() {
        Ok(text) => (
            [(
                header::CONTENT_TYPE,
                "text/plain; version=0.0.4; charset=utf-8",
            )],
            text,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(error = %error, "metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
