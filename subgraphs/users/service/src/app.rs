//! Wires the subgraph by hand.

use std::path::Path;
use std::sync::Arc;

use async_graphql::Request;
use async_trait::async_trait;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::routing::get;
use clock::Clock;
use database::{Database, DatabaseError};
use fault::Fault;
use identity::{Issuer, KeyError, KeyRing, KeyState, LEEWAY, Verifier};
use messaging::Handler;
use serving::{Caller, Check, Job, Parts, StartError, Subgraph};
use users_domain::SessionPolicy;

use crate::commands::hash_password::Passwords;
use crate::commands::seed_demo;
use crate::commands::throttle::Throttle;
use crate::config::Config;
use crate::graphql::{Loaders, Schema, schema, sdl};
use crate::{jobs, store};

/// What commands work with.
pub(crate) struct Services {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) issuer: Issuer,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) policy: SessionPolicy,
    pub(crate) sessions_per_user: usize,
}

/// The users subgraph: accounts, sessions and their tokens, addresses, roles.
pub struct Users {
    services: Arc<Services>,
    schema: Schema,
}

impl Users {
    /// Opens the signing keys: those of `users.signing_keys_folder`, or, when it is not set, those below `data`, where a
    /// first one is made. Every process that signs or rotates calls this with the same configuration.
    pub fn open_keys(config: &Config, data: &Path, clock: Clock) -> Result<KeyRing, KeyError> {
        if config.signing_keys_folder.is_empty() {
            KeyRing::open(data.join("keys"), config.key_ring(), clock)
        } else {
            KeyRing::mounted(&config.signing_keys_folder, config.key_ring(), clock)
        }
    }

    /// Makes the three demo accounts of `DEMO_ACCOUNTS` unless they are there; returns how many it made.
    pub async fn seed_demo(&self) -> Result<u32, Fault> {
        seed_demo::run(&self.services).await
    }
}

#[async_trait]
impl Subgraph for Users {
    const NAME: &'static str = "users";
    const DEFAULTS: &'static str = include_str!("../config.default.toml");
    type Config = Config;
    type Schema = Schema;
    type Migrator = migrations::Users;

    fn sdl() -> String {
        sdl()
    }

    fn check(config: &Config) -> Result<(), StartError> {
        config.check().map_err(StartError::Setting)
    }

    async fn start(config: Config, parts: Parts) -> Result<Self, StartError> {
        Self::check(&config)?;
        let Parts {
            database,
            clock,
            verifier,
            data,
            answers,
            ..
        } = parts;
        let keys = if answers {
            Self::open_keys(&config, &data, clock.clone())
                .map_err(|error| StartError::other("the signing keys cannot be opened", error))?
        } else {
            KeyRing::none(clock.clone())
        };
        let lifetime = config.access_token_lifetime();
        let passwords = Passwords::new(&config, clock.clone()).map_err(|error| {
            StartError::Setting(format!(
                "the settings `users.argon2_…` are refused: {error}"
            ))
        })?;
        remember_ended_sessions(&database, &verifier, lifetime)
            .await
            .map_err(|source| StartError::Database {
                subgraph: Self::NAME,
                source,
            })?;
        let services = Arc::new(Services {
            issuer: Issuer::new(Arc::new(keys), &config.issuer, lifetime, clock.clone()),
            passwords,
            throttle: Throttle::new(&config, clock.clone()),
            policy: config.session_policy(),
            sessions_per_user: usize::try_from(config.sessions_per_user).unwrap_or(usize::MAX),
            database,
            clock,
            verifier,
        });
        let schema = schema().data(Arc::clone(&services)).finish();
        Ok(Self { services, schema })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn prepare(&self, request: Request, _caller: &Caller) -> Request {
        request.data(Loaders::new(&self.services.database))
    }

    fn handlers(&self) -> Vec<Box<dyn Handler>> {
        Vec::new()
    }

    fn jobs(&self) -> Vec<Job> {
        vec![jobs::forget_sessions::job(&self.services)]
    }

    fn routes(&self) -> axum::Router {
        axum::Router::new()
            .route("/.well-known/jwks.json", get(jwks))
            .with_state(Arc::clone(&self.services))
    }

    /// Nothing of users is copied by others, so no topic has snapshots.
    async fn republish(
        &self,
        aggregate: &str,
        _progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, Fault> {
        Err(Fault::invalid(format!(
            "users has no snapshots of `{aggregate}`: nobody keeps a copy of it"
        )))
    }

    async fn checks(&self) -> Vec<Check> {
        let keys = self.services.issuer.keys().infos(self.services.clock.now());
        let count = |state| keys.iter().filter(|key| key.state == state).count();
        let outcome = match count(KeyState::Signing) {
            1 => Ok(format!(
                "one signs, {} next, {} retired",
                count(KeyState::Next),
                count(KeyState::Retired)
            )),
            _ => Err(
                "no key signs; restore the folder `keys` or run `emporium keys rotate`".to_owned(),
            ),
        };
        vec![Check {
            name: "users signing keys".to_owned(),
            outcome,
        }]
    }
}

/// A restart must not make the tokens of ended sessions good again.
async fn remember_ended_sessions(
    database: &Database,
    verifier: &Verifier,
    lifetime: std::time::Duration,
) -> Result<(), DatabaseError> {
    let since = database::now(database.read())
        .await?
        .minus(lifetime + LEEWAY);
    for (id, ended_at) in store::sessions::ended_after(database.read(), since).await? {
        verifier.revoke(id, ended_at.plus(lifetime));
    }
    Ok(())
}

/// The public keys (RFC 7517). Cached for less time than a new key is published before it signs.
async fn jwks(State(services): State<Arc<Services>>) -> impl axum::response::IntoResponse {
    (
        [(CACHE_CONTROL, "public, max-age=10")],
        axum::Json(services.issuer.keys().jwks()),
    )
}
