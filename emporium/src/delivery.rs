//! Events from every outbox to everyone concerned: in this process, or through Kafka.

use std::sync::Arc;

use messaging::{
    InProcess, KafkaConfig, KafkaMetrics, MessagingConfig, Metrics, Receiver, Relay, Subscriber,
    Transport,
    kafka::{Group, Listener, Producer, Ready, Topics},
    outbox,
};
use serving::{Check, Serving};

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
    let transport: Arc<dyn Transport> = if let Some(kafka) = &kafka {
        for (name, concerned) in subscribers {
            kafka.join(process, name, concerned)?;
        }
        Arc::new(kafka.producer()?)
    } else {
        let news: Arc<dyn Subscriber> = Arc::clone(&process.news) as _;
        let concerned = subscribers.into_iter().flat_map(|(_, one)| one);
        Arc::new(InProcess::new(concerned.chain([news]).collect()))
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

/// Makes the topics that are missing, where events go through Kafka.
pub(crate) async fn make_topics(process: &Process) -> Result<(), ShopError> {
    let failed = ShopError::other("the topics of kafka cannot be used");
    if let Some(kafka) = Kafka::of(process)? {
        let topics = Topics::new(&kafka.config).map_err(&failed)?;
        topics.create().await.map_err(&failed)?;
    }
    Ok(())
}

/// Looks whether Kafka can be reached and has the topics, where events go through it.
pub(crate) async fn check(process: &Process) -> Result<Option<Check>, ShopError> {
    let Some(kafka) = Kafka::of(process)? else {
        return Ok(None);
    };
    let described = match Topics::new(&kafka.config) {
        Ok(topics) => topics.describe().await,
        Err(error) => Err(error),
    };
    let outcome = match described {
        Ok(topics) => Ok(format!(
            "answers at {}, and has {} topics",
            kafka.config.brokers,
            topics.len()
        )),
        Err(error) => Err(error.to_string()),
    };
    Ok(Some(Check {
        name: "kafka".to_owned(),
        outcome,
    }))
}

/// Whether nothing is on its way between these subgraphs: outboxes are empty, and groups have handled all that is in their
/// topics. True at one moment only; what a handler announces in the next is on its way again.
pub(crate) async fn is_still(
    process: &Process,
    subgraphs: &[Arc<dyn Serving>],
) -> Result<bool, ShopError> {
    for subgraph in subgraphs {
        let lag = outbox::lag(subgraph.database().read()).await;
        let lag = lag.map_err(|source| ShopError::Database {
            subgraph: subgraph.name(),
            source,
        })?;
        if lag.pending > 0 {
            return Ok(false);
        }
    }
    let Some(kafka) = Kafka::of(process)? else {
        return Ok(true);
    };
    let failed = ShopError::other("kafka cannot tell what is left to handle");
    let topics = Topics::new(&kafka.config).map_err(&failed)?;
    for subgraph in subgraphs {
        let handlers = subgraph.handlers();
        let takes = |kind: &str| handlers.iter().any(|one| one.event_type() == kind);
        if topics.lag(subgraph.name(), takes).await.map_err(&failed)? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Lets the router of this process hear events, and tells it when it does.
pub(crate) async fn tell_router(process: &Process) -> Result<(), ShopError> {
    let news = Arc::clone(&process.news);
    if Kafka::of(process)?.is_none() {
        // The relays of this process hand it all of them.
        news.listening().await;
        return Ok(());
    }
    let mut ready = listen(process, vec![Arc::clone(&news) as _])?;
    process.tasks.spawn(async move {
        if ready.wait().await {
            news.listening().await;
        }
    });
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
