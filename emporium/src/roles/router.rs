//! The router alone: the graph over HTTP to the replicas of each subgraph, and their own routes beside it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use futures::{FutureExt, future::BoxFuture};
use hyper::http::Method;
use identity::Verifier;
use messaging::{Subscriber, kafka::Ready};
use router::{News, Readiness, Route, RouteTarget, RouterConfig, Transport};
use serving::{Check, Subgraph, config::Settings};
use tokio_util::sync::CancellationToken;

use super::{ending::Running, health::Health, key_set};
use crate::{ShopError, delivery, front::WEBHOOK_LIMIT, process::Process, settings::ShopSettings};

/// Starts a router.
pub(crate) async fn start(
    settings: Settings,
    data: PathBuf,
    listen: SocketAddr,
) -> Result<Running, ShopError> {
    let shop = ShopSettings::of(&settings)?;
    let clock = shop.clock();
    let accounts: users::Config = settings.section("users", users::Users::DEFAULTS)?;
    let mut config: RouterConfig = settings.section("router", router::DEFAULTS)?;
    config.listen = listen;
    let verifier = Arc::new(Verifier::unread(&accounts.issuer, clock.clone()));
    let process = Process::new(settings, clock, verifier, data)?;
    let news = Arc::new(News::new(Arc::clone(&process.verifier)));
    let heard: Arc<dyn Subscriber> = Arc::clone(&news) as _;
    let hearing = delivery::listen(&process, vec![heard])?;
    process
        .tasks
        .spawn(tell(hearing.clone(), Arc::clone(&news)));
    process.tasks.spawn(key_set::follow(
        Arc::clone(&process.verifier),
        accounts.key_set_urls,
        process.background.clone(),
    ));
    let health = Health::new(process.registry.clone(), Vec::new())
        .verifying(&process.verifier)
        .hearing(hearing);
    let stop = CancellationToken::new();
    let parts = router::Parts {
        supergraph: schema::SUPERGRAPH.to_owned(),
        transport: Transport::Http(config.subgraphs.clone()),
        verifier: Arc::clone(&process.verifier),
        clock: process.clock.clone(),
        registry: process.registry.clone(),
        routes: routes(),
        readiness: Arc::new(Look(Arc::new(health))),
        news: Some(news),
        shutdown: stop.clone(),
    };
    let running = router::run(config, parts)
        .await
        .map_err(ShopError::other("the router does not start"))?;
    let address = running.address;
    let end = async move {
        stop.cancel();
        if let Err(error) = running.stopped().await {
            tracing::error!(error = %error, "the router did not end well");
        }
        process.end().await;
    };
    Ok(Running {
        address,
        end: end.boxed(),
    })
}

/// Tells the router when every event reaches it.
async fn tell(mut hearing: Ready, news: Arc<News>) {
    if hearing.wait().await {
        news.listening().await;
    }
}

/// What subgraphs answer beside the graph, and which of them does.
fn routes() -> Vec<Route> {
    [
        (
            Method::POST,
            "/webhooks/stripe",
            WEBHOOK_LIMIT,
            payments::Payments::NAME,
        ),
        (Method::GET, "/.well-known/jwks.json", 0, users::Users::NAME),
        (Method::GET, "/media/", 0, products::Products::NAME),
    ]
    .into_iter()
    .map(|(method, path, max_body_bytes, subgraph)| Route {
        method,
        path: path.to_owned(),
        max_body_bytes,
        target: RouteTarget::Subgraph(subgraph.to_owned()),
    })
    .collect()
}

struct Look(Arc<Health>);

impl Readiness for Look {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        self.0.checks().boxed()
    }
}
