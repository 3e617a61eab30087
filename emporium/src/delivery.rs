//! Events from every outbox to everyone concerned: in this process, or through Kafka.

use std::sync::Arc;

use messaging::{
    InProcess, KafkaConfig, KafkaMetrics, MessagingConfig, Metrics, Receiver, Relay, Subscriber,
    Transport,
    kafka::{Group, Listener, Producer, Ready},
};
use serving::Serving;

use crate::{ShopError, process::Process};

/// Starts a receiver and a relay for each subgraph, with `wrap` around what is between them; they run until the background
/// ends. Through Kafka each subgraph is a consumer group of its own name, whose members are all processes that do this.
pub(crate) fn start(
    process: &Process,
    subgraphs: &[Arc<dyn Serving>],
    wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
) -> Result<(), ShopError> {
    let config: MessagingConfig = process.settings.section("messaging", messaging::DEFAULTS)?;
    let kafka = Kafka::of(process)?;
    let mut subscribers: Vec<(&'static str, Vec<Arc<dyn Subscriber>>)> = Vec::new();
    let mut relays = Vec::new();
    for subgraph in subgraphs {
        let metrics = Metrics::new(&process.registry, subgraph.name())?;
        let receiver = Arc::new(Receiver::new(
            subgraph.database().clone(),
            subgraph.handlers(),
            process.clock.clone(),
            config.clone(),
            metrics.clone(),
        ));
        let (retrying, stop) = (Arc::clone(&receiver), process.background.clone());
        process.tasks.spawn(async move { retrying.run(stop).await });
        let mut concerned: Vec<Arc<dyn Subscriber>> = vec![receiver];
        concerned.extend(subgraph.subscribers());
        subscribers.push((subgraph.name(), concerned));
        relays.push((subgraph.database().clone(), metrics));
    }
    let transport: Arc<dyn Transport> = match &kafka {
        Some(kafka) => {
            for (name, concerned) in subscribers {
                kafka.join(process, name, concerned)?;
            }
            Arc::new(kafka.producer()?)
        }
        None => Arc::new(InProcess::new(
            subscribers.into_iter().flat_map(|(_, one)| one).collect(),
        )),
    };
    let transport = wrap(transport);
    for (database, metrics) in relays {
        let relay = Relay::new(
            database,
            Arc::clone(&transport),
            process.clock.clone(),
            config.clone(),
            metrics,
        );
        process.tasks.spawn(relay.run(process.background.clone()));
    }
    Ok(())
}

/// Lets `subscribers` hear all events from now on, as every other process that listens does; tells when they do.
pub(crate) fn listen(
    process: &Process,
    subscribers: Vec<Arc<dyn Subscriber>>,
) -> Result<Ready, ShopError> {
    const WHAT: &str = "events cannot be heard";
    let kafka =
        Kafka::of(process)?.ok_or_else(|| ShopError::other(WHAT)("`kafka.brokers` is empty"))?;
    let listener =
        Listener::new(&kafka.config, subscribers, kafka.metrics).map_err(ShopError::other(WHAT))?;
    let ready = listener.ready();
    process
        .tasks
        .spawn(listener.run(process.background.clone()));
    Ok(ready)
}

/// The cluster, when one is set.
struct Kafka {
    config: KafkaConfig,
    metrics: KafkaMetrics,
}

impl Kafka {
    fn of(process: &Process) -> Result<Option<Self>, ShopError> {
        let config: KafkaConfig = process
            .settings
            .section("kafka", messaging::KAFKA_DEFAULTS)?;
        if !config.is_set() {
            return Ok(None);
        }
        let metrics = KafkaMetrics::new(&process.registry)?;
        Ok(Some(Self { config, metrics }))
    }

    fn producer(&self) -> Result<Producer, ShopError> {
        Producer::new(&self.config, self.metrics.clone())
            .map_err(ShopError::other("events cannot be published"))
    }

    fn join(
        &self,
        process: &Process,
        name: &str,
        subscribers: Vec<Arc<dyn Subscriber>>,
    ) -> Result<(), ShopError> {
        let group = Group::new(&self.config, name, subscribers, self.metrics.clone())
            .map_err(ShopError::other("events cannot be taken"))?;
        process.tasks.spawn(group.run(process.background.clone()));
        Ok(())
    }
}
