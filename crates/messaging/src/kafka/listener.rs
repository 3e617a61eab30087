//! What every process must hear: all partitions, from now on, without a group.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{Consumer as _, ConsumerContext, StreamConsumer},
    error::KafkaError as ClientError,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{KafkaConfig, KafkaError, KafkaMetrics, cloud_events, group, metrics::Watch};
use crate::Subscriber;

const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(500);

/// Hears the events of all partitions from the moment it is ready.
///
/// It commits nothing and remembers nothing: it is for what lives in memory, such as wake-ups of streams and caches that are
/// emptied. A subscriber that fails is not asked again for the same events.
pub struct Listener {
    config: KafkaConfig,
    topics: Vec<String>,
    subscribers: Vec<Arc<dyn Subscriber>>,
    metrics: KafkaMetrics,
    ready: watch::Sender<bool>,
}

/// Tells whether a listener hears everything.
#[derive(Clone)]
pub struct Ready(watch::Receiver<bool>);

impl Ready {
    /// Whether every event that is published from now on will be heard.
    pub fn is_ready(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until that is so. False when the listener ended before.
    pub async fn wait(&mut self) -> bool {
        self.0.wait_for(|ready| *ready).await.is_ok()
    }
}

/// The next offset of each partition.
type Ends = BTreeMap<(String, i32), i64>;

impl Listener {
    /// A listener for these subscribers, of the topics that hold what they take.
    pub fn new(
        config: &KafkaConfig,
        subscribers: Vec<Arc<dyn Subscriber>>,
        metrics: KafkaMetrics,
    ) -> Result<Self, KafkaError> {
        config.check()?;
        let listener = Self {
            config: config.clone(),
            topics: group::topics(config, |kind| group::any_takes(&subscribers, kind)),
            subscribers,
            metrics,
            ready: watch::Sender::new(false),
        };
        // Made to hear now what is wrong with the settings.
        drop(listener.consumer().map_err(KafkaError::client(
            "the consumer of kafka could not be made",
        ))?);
        Ok(listener)
    }

    /// Tells when it hears everything; to be asked before `run`.
    pub fn ready(&self) -> Ready {
        Ready(self.ready.subscribe())
    }

    /// Listens until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        if self.topics.is_empty() {
            self.ready.send_replace(true);
            stop.cancelled().await;
            return;
        }
        while !stop.is_cancelled() {
            if let Err(error) = self.listen(&stop).await {
                self.ready.send_replace(false);
                tracing::warn!(error = %error, "could not listen to kafka: trying again");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    }

    fn consumer(&self) -> Result<StreamConsumer<Watch>, ClientError> {
        // The client wants the name of a group, though none is joined and nothing committed.
        let mut client = self.config.consumer(&self.config.group("listener"));
        client
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "latest");
        client.create_with_context(Watch::new("listener", &self.metrics))
    }

    async fn listen(&self, stop: &CancellationToken) -> Result<(), ClientError> {
        let consumer = Arc::new(self.consumer()?);
        let mut known = Ends::new();
        self.position(&consumer, &mut known).await?;
        self.ready.send_replace(true);
        let refresh = Duration::from_millis(self.config.refresh_ms.max(100));
        let mut looked = Instant::now();
        while !stop.is_cancelled() {
            let message = tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(refresh.saturating_sub(looked.elapsed())) => None,
                message = consumer.recv() => Some(message),
            };
            if let Some(message) = message {
                self.hear(&consumer, message).await?;
            }
            if looked.elapsed() >= refresh {
                looked = Instant::now();
                // While the cluster is away, what is known goes on when it is back.
                if let Err(error) = self.position(&consumer, &mut known).await {
                    tracing::debug!(error = %error, "could not look for new partitions");
                }
            }
        }
        Ok(())
    }

    /// Takes the message and whatever else is there already.
    async fn hear<M: Message>(
        &self,
        consumer: &StreamConsumer<Watch>,
        message: Result<M, ClientError>,
    ) -> Result<(), ClientError> {
        let most = usize::try_from(self.config.batch_events.max(1)).unwrap_or(1);
        let mut batch = Vec::new();
        let mut add = |decoded: Result<events::Envelope, String>| {
            // What is no event is the groups' to report.
            batch.extend(
                decoded
                    .ok()
                    .filter(|event| group::any_takes(&self.subscribers, &event.kind)),
            );
        };
        match message {
            Ok(message) => add(cloud_events::decode(&message)),
            Err(error @ ClientError::MessageConsumptionFatal(_)) => return Err(error),
            Err(error) => tracing::debug!(error = %error, "listening to kafka"),
        }
        for _ in 1..most {
            match consumer.recv().now_or_never() {
                Some(Ok(message)) => add(cloud_events::decode(&message)),
                _ => break,
            }
        }
        for subscriber in &self.subscribers {
            if batch.iter().any(|event| subscriber.takes(&event.kind))
                && let Err(error) = subscriber.take(&batch).await
            {
                tracing::warn!(error = %error, "a listener failed");
            }
        }
        Ok(())
    }

    /// Assigns itself the partitions that it has not yet: all from their end at first, later ones from their beginning.
    async fn position(
        &self,
        consumer: &Arc<StreamConsumer<Watch>>,
        known: &mut Ends,
    ) -> Result<(), ClientError> {
        let (asked, topics) = (Arc::clone(consumer), self.topics.clone());
        let seen: Vec<_> = known.keys().cloned().collect();
        let is_first = known.is_empty();
        let found = tokio::task::spawn_blocking(move || ends(&asked, &topics, &seen, is_first))
            .await
            .unwrap_or(Err(ClientError::Canceled))?;
        if found.is_empty() {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in &found {
            list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
        }
        consumer.incremental_assign(&list)?;
        known.extend(found);
        Ok(())
    }
}

/// Where to begin with each partition that is not `seen` yet.
fn ends(
    consumer: &StreamConsumer<Watch>,
    topics: &[String],
    seen: &[(String, i32)],
    is_first: bool,
) -> Result<Ends, ClientError> {
    let mut found = Ends::new();
    for topic in topics {
        let metadata = consumer.fetch_metadata(Some(topic), PATIENCE)?;
        for described in metadata.topics() {
            if let Some(code) = described.error() {
                return Err(ClientError::MetadataFetch(code.into()));
            }
            for partition in described.partitions() {
                let place = (topic.clone(), partition.id());
                if seen.contains(&place) {
                    continue;
                }
                let (low, high) = consumer.fetch_watermarks(topic, partition.id(), PATIENCE)?;
                found.insert(place, if is_first { high } else { low });
            }
        }
    }
    Ok(found)
}

impl ConsumerContext for Watch {}
