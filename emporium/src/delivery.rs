//! Events from every outbox to everyone concerned, in this process.

use std::sync::Arc;

use clock::Clock;
use messaging::{InProcess, MessagingConfig, Metrics, Receiver, Relay, Subscriber, Transport};
use serving::Serving;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::ShopError;

/// Starts a receiver and a relay for each subgraph; they run until `stop`.
pub(crate) fn start(
    subgraphs: &[Arc<dyn Serving>],
    clock: &Clock,
    config: &MessagingConfig,
    registry: &telemetry::Registry,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<(), ShopError> {
    let mut subscribers: Vec<Arc<dyn Subscriber>> = Vec::new();
    let mut relays = Vec::new();
    for subgraph in subgraphs {
        let metrics = Metrics::new(registry, subgraph.name())?;
        let receiver = Arc::new(Receiver::new(
            subgraph.database().clone(),
            subgraph.handlers(),
            clock.clone(),
            config.clone(),
            metrics.clone(),
        ));
        let (retrying, stop) = (Arc::clone(&receiver), stop.clone());
        tasks.spawn(async move { retrying.run(stop).await });
        subscribers.push(receiver);
        subscribers.extend(subgraph.subscribers());
        relays.push((subgraph.database().clone(), metrics));
    }
    let transport: Arc<dyn Transport> = Arc::new(InProcess::new(subscribers));
    for (database, metrics) in relays {
        let relay = Relay::new(database, Arc::clone(&transport), clock.clone(), config.clone(), metrics);
        tasks.spawn(relay.run(stop.clone()));
    }
    Ok(())
}
