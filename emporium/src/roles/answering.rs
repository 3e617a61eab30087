//! A subgraph that answers: its graph over HTTP and WebSocket, its own routes, live streams. What runs by itself is the
//! worker's.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use futures::FutureExt;
use identity::Verifier;
use messaging::Subscriber;
use serving::{Subgraph, config::Settings};
use tokio::net::TcpListener;

use super::{
    ending::{Running, leave},
    health::Health,
    key_set,
    sessions::RevokedSessions,
};
use crate::{
    ShopError, databases, delivery,
    process::Process,
    settings::{Profile, ShopSettings},
    stripe,
};

/// Starts a replica of `S`.
pub(crate) async fn start<S: Subgraph>(
    settings: Settings,
    data: PathBuf,
    listen: SocketAddr,
) -> Result<Running, ShopError> {
    let settings = stripe::elsewhere(settings)?;
    let shop = ShopSettings::of(&settings)?;
    let clock = shop.clock();
    let accounts: users::Config = settings.section("users", users::Users::DEFAULTS)?;
    let issues = S::NAME == users::Users::NAME;
    let verifier = Arc::new(if issues {
        let keys = users::Users::open_keys(&accounts, &data, clock.clone())?;
        Verifier::new(Arc::new(keys), &accounts.issuer, clock.clone())
    } else {
        Verifier::unread(&accounts.issuer, clock.clone())
    });
    let database = databases::attach::<S>(&settings, &clock).await?;
    if issues && shop.profile == Profile::Production {
        databases::refuse_demo_accounts(&database).await?;
    }
    let process = Process::new(settings, clock, verifier, data)?;
    let served = process.start::<S>(&database, true).await?;
    let mut hears: Vec<Arc<dyn Subscriber>> = serving::Serving::listeners(&served);
    hears.push(Arc::new(RevokedSessions::new(&process.verifier)));
    let hearing = delivery::listen(&process, hears)?;
    if !issues {
        let follow = key_set::follow(
            Arc::clone(&process.verifier),
            accounts.key_set_urls,
            process.background.clone(),
        );
        process.tasks.spawn(follow);
    }
    let health = Health::new(process.registry.clone(), vec![(S::NAME, database.clone())])
        .verifying(&process.verifier)
        .hearing(hearing);
    let health = Arc::new(health);
    let failed = ShopError::other("the address cannot be listened on");
    let listener = TcpListener::bind(listen).await.map_err(&failed)?;
    let address = listener.local_addr().map_err(&failed)?;
    let subgraph: Arc<dyn serving::Serving> = Arc::new(served);
    subgraph.listening(address);
    process.observe(vec![Arc::clone(&subgraph)]);
    let router = health.routes().fallback_service(subgraph.router());
    let serving = serving::serve(listener, router, process.serving.clone());
    let server = tokio::spawn(serving);
    let end = async move {
        leave(&process, &health, &shop, server).await;
        databases::close(S::NAME, &database).await;
    };
    Ok(Running {
        address,
        end: end.boxed(),
    })
}
