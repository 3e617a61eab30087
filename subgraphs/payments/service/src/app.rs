//! Wires the subgraph: settings, the provider, commands, handlers, jobs, routes.

use std::sync::Arc;

use async_graphql::Request;
use async_trait::async_trait;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use clock::Clock;
use database::Database;
use fault::Fault;
use messaging::Handler;
use serving::{Caller, Check, Job, Parts, StartError, Subgraph};
use tokio::sync::Notify;

use crate::{
    Config,
    adapters::stripe::{Gateway, NoticeRefused, Stripe, Turns, read_notice},
    commands::take_notice::{self, Outcome},
    consumers::{
        Arrivals, OrderAwaitingPaymentHandler, OrderCancelledHandler, OrderExpiredHandler,
        OrderPaidHandler,
    },
    graphql::{self, Loaders, Schema},
    jobs,
};

/// The largest webhook that is read, in bytes. Stripe's are far smaller.
const LARGEST_WEBHOOK: usize = 256 * 1024;

/// What commands work with.
pub(crate) struct Tools {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) turns: Turns,
    pub(crate) arrivals: Arrivals,
    /// Wakes the reconciler.
    pub(crate) wake: Arc<Notify>,
}

/// The payments subgraph.
pub struct Payments {
    tools: Arc<Tools>,
    schema: Schema,
}

#[async_trait]
impl Subgraph for Payments {
    const NAME: &'static str = "payments";
    const DEFAULTS: &'static str = include_str!("../config.default.toml");
    type Config = Config;
    type Schema = Schema;
    type Migrator = migrations::Payments;

    fn sdl() -> String {
        graphql::sdl()
    }

    fn check(config: &Config) -> Result<(), StartError> {
        config.check()
    }

    async fn start(config: Config, parts: Parts) -> Result<Self, StartError> {
        config.check()?;
        let gateway = Stripe::new(&config, parts.clock.clone(), &parts.registry)?;
        let tools = Arc::new(Tools {
            database: parts.database,
            clock: parts.clock,
            config,
            gateway: Arc::new(gateway),
            turns: Turns::default(),
            arrivals: Arrivals::default(),
            wake: Arc::new(Notify::new()),
        });
        let schema = graphql::build(Some(Arc::clone(&tools)));
        Ok(Self { tools, schema })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn prepare(&self, request: Request, _caller: &Caller) -> Request {
        request.data(Loaders::new(&self.tools.database))
    }

    fn handlers(&self) -> Vec<Box<dyn Handler>> {
        let tools = || Arc::clone(&self.tools);
        vec![
            Box::new(OrderAwaitingPaymentHandler(tools())),
            Box::new(OrderPaidHandler(tools())),
            Box::new(OrderExpiredHandler(tools())),
            Box::new(OrderCancelledHandler(tools())),
        ]
    }

    fn jobs(&self) -> Vec<Job> {
        vec![
            jobs::reconcile(&self.tools),
            jobs::catch_up(&self.tools),
            jobs::forget(&self.tools),
        ]
    }

    fn routes(&self) -> Router {
        Router::new()
            .route("/webhooks/stripe", post(webhook))
            .layer(DefaultBodyLimit::max(LARGEST_WEBHOOK))
            .with_state(Arc::clone(&self.tools))
    }

    /// Nothing of payments is copied by others, so no topic has snapshots.
    async fn republish(
        &self,
        aggregate: &str,
        _progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, Fault> {
        Err(Fault::invalid(format!(
            "payments has no snapshots of `{aggregate}`: nobody keeps a copy of it"
        )))
    }

    async fn checks(&self) -> Vec<Check> {
        let now = self.tools.clock.now();
        let outcome = match self.tools.gateway.missed_events(now, now, None).await {
            Ok(_) => Ok("answers and takes our key".to_owned()),
            Err(error) => Err(format!(
                "{error}; see that `payments.api_url` can be reached and that `payments.secret_key` is good there"
            )),
        };
        vec![Check {
            name: "payments provider".to_owned(),
            outcome,
        }]
    }
}

/// `POST /webhooks/stripe`. Answered 200 once what it tells is committed, so that Stripe repeats it until then.
async fn webhook(
    State(tools): State<Arc<Tools>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let signature = headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok());
    let (Some(signature), Ok(payload)) = (signature, std::str::from_utf8(&body)) else {
        return (StatusCode::BAD_REQUEST, "not a signed webhook");
    };
    let secrets = &tools.config.webhook_secrets;
    let notice = match read_notice(payload, signature, secrets, tools.clock.now()) {
        Ok(notice) => notice,
        Err(refused) => {
            tracing::warn!(error = %refused, "webhook refused");
            return match refused {
                NoticeRefused::Signature => (StatusCode::BAD_REQUEST, "the signature is not good"),
                NoticeRefused::Unreadable(_) => {
                    (StatusCode::BAD_REQUEST, "the event cannot be read")
                }
            };
        }
    };
    match take_notice::run(&tools, &notice).await {
        Ok(Outcome::Done) => (StatusCode::OK, "ok"),
        Ok(Outcome::TooEarly) => (StatusCode::SERVICE_UNAVAILABLE, "too early; send it again"),
        Err(error) => {
            tracing::error!(provider.event = notice.id, %error, "webhook not taken in");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "not taken in; send it again",
            )
        }
    }
}
