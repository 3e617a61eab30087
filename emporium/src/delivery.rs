//! Events from every outbox to everyone concerned, in this process.

use std::sync::Arc;

use messaging::{InProcess, MessagingConfig, Metrics, Receiver, Relay, Subscriber, Transport};
use serving::Serving;

use crate::{Shop, ShopError};

/// Starts a receiver and a relay for each subgraph, with `wrap` around what is between them; they run until the shop's
/// background ends.
pub(crate) fn start(
    shop: &Shop,
    subgraphs: &[Arc<dyn Serving>],
    config: &MessagingConfig,
    wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
) -> Result<(), ShopError> {
    let (clock, stop) = (&shop.clock, &shop.background);
    let mut subscribers: Vec<Arc<dyn Subscriber>> = Vec::new();
    let mut relays = Vec::new();
    for subgraph in subgraphs {
        let metrics = Metrics::new(shop.registry(), subgraph.name())?;
        let receiver = Arc::new(Receiver::new(
            subgraph.database().clone(),
            subgraph.handlers(),
            clock.clone(),
            config.clone(),
            metrics.clone(),
        ));
        let (retrying, stop) = (Arc::clone(&receiver), stop.clone());
        shop.tasks.spawn(async move { retrying.run(stop).await });
        subscribers.push(receiver);
        subscribers.extend(subgraph.subscribers());
        relays.push((subgraph.database().clone(), metrics));
    }
    let transport = wrap(Arc::new(InProcess::new(subscribers)));
    for (database, metrics) in relays {
        let relay = Relay::new(
            database,
            Arc::clone(&transport),
            clock.clone(),
            config.clone(),
            metrics,
        );
        shop.tasks.spawn(relay.run(stop.clone()));
    }
    Ok(())
}
