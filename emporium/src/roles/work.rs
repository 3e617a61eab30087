//! A worker: what runs by itself. It publishes what its subgraphs' outboxes hold, hands them the events of others, and runs
//! their jobs, search indexing among them. Any number of workers share the work.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use futures::FutureExt;
use identity::Verifier;
use serving::{Serving, Subgraph, config::Settings};
use tokio::net::TcpListener;

use super::{
    ending::{Running, leave},
    health::Health,
    serve::Domain,
};
use crate::{ShopError, databases, delivery, process::Process, settings::ShopSettings, stripe};

/// Starts a worker for `domains`.
pub(crate) async fn start(
    settings: Settings,
    data: PathBuf,
    listen: SocketAddr,
    domains: &[Domain],
) -> Result<Running, ShopError> {
    let settings = stripe::elsewhere(settings)?;
    let shop = ShopSettings::of(&settings)?;
    let clock = shop.clock();
    // Nobody comes here with a token.
    let verifier = Arc::new(Verifier::unread("", clock.clone()));
    let process = Process::new(settings, clock, verifier, data)?;
    let mut subgraphs = Vec::new();
    for domain in domains {
        subgraphs.push(match domain {
            Domain::Users => part::<users::Users>(&process).await?,
            Domain::Products => part::<products::Products>(&process).await?,
            Domain::Orders => part::<orders::Orders>(&process).await?,
            Domain::Payments => part::<payments::Payments>(&process).await?,
        });
    }
    delivery::start(&process, &subgraphs, |transport| transport)?;
    process.run_jobs(&subgraphs);
    process.observe(subgraphs.clone());
    let databases: Vec<_> = subgraphs
        .iter()
        .map(|subgraph| (subgraph.name(), subgraph.database().clone()))
        .collect();
    let health = Arc::new(Health::new(process.registry.clone(), databases.clone()));
    let failed = ShopError::other("the address cannot be listened on");
    let listener = TcpListener::bind(listen).await.map_err(&failed)?;
    let address = listener.local_addr().map_err(&failed)?;
    let server = tokio::spawn(serving::serve(
        listener,
        health.routes(),
        process.serving.clone(),
    ));
    let end = async move {
        leave(&process, &health, &shop, server).await;
        for (name, database) in &databases {
            databases::close(name, database).await;
        }
    };
    Ok(Running {
        address,
        end: end.boxed(),
    })
}

async fn part<S: Subgraph>(process: &Process) -> Result<Arc<dyn Serving>, ShopError> {
    let database = databases::attach::<S>(&process.settings, &process.clock).await?;
    Ok(Arc::new(process.start::<S>(&database, false).await?))
}
