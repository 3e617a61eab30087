//! A group of consumers: its members share the partitions, and each event is taken by one of them.

use std::{
    collections::HashMap,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, ClientContext, Message, Offset, Statistics, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance},
    error::{KafkaError as ClientError, RDKafkaErrorCode},
    message::BorrowedMessage,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    KafkaConfig, KafkaError, KafkaMetrics, cloud_events,
    intake::{Content, Intake, Item, Limits, Place},
    metrics::Watch,
    worker::Worker,
};
use crate::Subscriber;

/// How long a poll waits for a message; nothing else waits for it longer than that.
const POLL: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_secs(1);
/// How long leaving a group may take.
const LEAVE: Duration = Duration::from_secs(5);

/// Takes events as one member of a consumer group.
///
/// Partitions are handled side by side, each one in order. Offsets are committed when all subscribers have taken the events,
/// many at a time. What does not fit into memory stays at the broker: its partition is paused. While a subscriber cannot take
/// events the same ones are tried again, and the member stays in its group.
pub struct Group {
    name: Arc<str>,
    config: KafkaConfig,
    topics: Vec<String>,
    subscribers: Vec<Arc<dyn Subscriber>>,
    metrics: KafkaMetrics,
}

/// How members agree on who has which partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    /// KIP-848: the broker decides.
    Consumer,
    /// The members decide; partitions move one by one (cooperative-sticky).
    Classic,
}

impl Group {
    /// A member of the group `name` for these subscribers, of the topics that hold what they take.
    pub fn new(
        config: &KafkaConfig,
        name: &str,
        subscribers: Vec<Arc<dyn Subscriber>>,
        metrics: KafkaMetrics,
    ) -> Result<Self, KafkaError> {
        config.check()?;
        let group = Self {
            name: config.group(name).into(),
            config: config.clone(),
            topics: topics(config, |kind| any_takes(&subscribers, kind)),
            subscribers,
            metrics,
        };
        // Made to hear now what is wrong with the settings.
        let probe: Result<BaseConsumer, _> = group.client(Protocol::Classic).create();
        probe.map_err(KafkaError::client(
            "the consumer of kafka could not be made",
        ))?;
        Ok(group)
    }

    /// Takes events until `stop` is cancelled; then finishes the batches at hand, commits and leaves the group.
    pub async fn run(self, stop: CancellationToken) {
        if self.topics.is_empty() {
            return;
        }
        let limit = |number: u32| usize::try_from(number.max(1)).unwrap_or(usize::MAX);
        let limits = Limits {
            batch: limit(self.config.batch_events),
            events: limit(self.config.queue_events),
            bytes: limit(self.config.queue_kilobytes).saturating_mul(1024),
        };
        let intake = Arc::new(Intake::new(limit(self.config.workers), limits));
        let mut workers = JoinSet::new();
        for lane in 0..intake.lanes() {
            let worker = Worker {
                lane,
                group: Arc::clone(&self.name),
                intake: Arc::clone(&intake),
                subscribers: self.subscribers.clone(),
                metrics: self.metrics.clone(),
            };
            workers.spawn(worker.run());
        }
        let polled = Arc::clone(&intake);
        // Dropped half-way it leaves the group too.
        let stop = stop.child_token();
        let _guard = stop.clone().drop_guard();
        // A thread of its own: what the client calls back may wait there for workers to finish.
        let polling = tokio::task::spawn_blocking(move || self.poll(&polled, &stop));
        if polling.await.is_err() {
            tracing::error!("a consumer of kafka ended by a panic");
        }
        intake.close();
        while workers.join_next().await.is_some() {}
    }

    fn poll(&self, intake: &Arc<Intake>, stop: &CancellationToken) {
        let mut protocol = Protocol::Consumer;
        while !stop.is_cancelled() {
            let Err(error) = self.membership(protocol, intake, stop) else {
                return;
            };
            let unsupported = matches!(
                error.rdkafka_error_code(),
                Some(RDKafkaErrorCode::UnsupportedVersion | RDKafkaErrorCode::UnsupportedFeature)
            );
            if unsupported && protocol == Protocol::Consumer {
                tracing::info!(
                    group = &*self.name,
                    "the broker lacks the new consumer protocol: using cooperative-sticky"
                );
                protocol = Protocol::Classic;
            } else {
                tracing::error!(group = &*self.name, error = %error, "a consumer of kafka failed: it joins again");
                std::thread::sleep(PAUSE);
            }
        }
    }

    /// Is a member until `stop` is cancelled or the client fails for good.
    fn membership(
        &self,
        protocol: Protocol,
        intake: &Arc<Intake>,
        stop: &CancellationToken,
    ) -> Result<(), ClientError> {
        let context = Member {
            watch: Watch::new(Arc::clone(&self.name), &self.metrics),
            intake: Arc::clone(intake),
            prefix: self.config.topic_prefix.clone(),
            patience: Duration::from_millis(self.config.revoke_timeout_ms),
        };
        let consumer: BaseConsumer<Member> = self.client(protocol).create_with_context(context)?;
        let ended = self.take_part(&consumer, protocol, intake, stop);
        let places: Vec<Place> = intake.places().into_iter().collect();
        let handled = intake.revoke(&places, consumer.context().patience);
        consumer.context().store(&consumer, handled);
        leave(consumer);
        ended
    }

    fn take_part(
        &self,
        consumer: &BaseConsumer<Member>,
        protocol: Protocol,
        intake: &Intake,
        stop: &CancellationToken,
    ) -> Result<(), ClientError> {
        let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics)?;
        tracing::info!(group = &*self.name, protocol = ?protocol, topics = ?topics, "joining the consumer group");
        let mut names: HashMap<String, Arc<str>> = HashMap::new();
        let mut looked = Instant::now();
        while !stop.is_cancelled() {
            match consumer.poll(POLL) {
                Some(Ok(message)) => self.put(consumer, &message, intake, &mut names)?,
                Some(Err(error @ ClientError::MessageConsumptionFatal(_))) => return Err(error),
                Some(Err(error)) => {
                    tracing::debug!(group = &*self.name, error = %error, "polling kafka");
                }
                None => {}
            }
            if looked.elapsed() >= POLL {
                looked = Instant::now();
                consumer.context().store(consumer, intake.handled());
                let room = intake.with_room();
                if !room.is_empty() {
                    consumer.resume(&list(&room)?)?;
                    let paused = consumer.context().watch.metrics.paused.with([&self.name]);
                    paused.sub(i64::try_from(room.len()).unwrap_or(0));
                }
            }
        }
        Ok(())
    }

    fn put(
        &self,
        consumer: &BaseConsumer<Member>,
        message: &BorrowedMessage<'_>,
        intake: &Intake,
        names: &mut HashMap<String, Arc<str>>,
    ) -> Result<(), ClientError> {
        let topic = match names.get(message.topic()) {
            Some(topic) => Arc::clone(topic),
            None => Arc::clone(
                names
                    .entry(message.topic().to_owned())
                    .or_insert_with(|| message.topic().into()),
            ),
        };
        let content = match cloud_events::decode(message) {
            Ok(event) if any_takes(&self.subscribers, &event.kind) => Content::Event(event),
            Ok(_) => Content::Other,
            Err(reason) => {
                let ours = topic
                    .strip_prefix(&*self.config.topic_prefix)
                    .unwrap_or(&topic);
                tracing::error!(
                    group = &*self.name,
                    topic = ours,
                    partition = message.partition(),
                    offset = message.offset(),
                    reason,
                    "a message in kafka is no event: kept as a dead letter"
                );
                self.metrics.unreadable.with([&self.name, ours]).inc();
                Content::Unreadable(cloud_events::letter(ours, message), reason)
            }
        };
        let place = (topic, message.partition());
        let item = Item {
            offset: message.offset(),
            bytes: message.payload_len() + message.key_len(),
            content,
        };
        if intake.put(&place, item) {
            consumer.pause(&list(std::slice::from_ref(&place))?)?;
            self.metrics.paused.with([&self.name]).inc();
        }
        Ok(())
    }

    fn client(&self, protocol: Protocol) -> ClientConfig {
        let mut client = self.config.consumer(&self.name);
        client
            .set("enable.auto.commit", "true")
            .set(
                "auto.commit.interval.ms",
                self.config.commit_interval().as_millis().to_string(),
            )
            .set("auto.offset.reset", "earliest");
        match protocol {
            Protocol::Consumer => client.set("group.protocol", "consumer"),
            Protocol::Classic => client
                .set("group.protocol", "classic")
                .set("partition.assignment.strategy", "cooperative-sticky")
                .set(
                    "session.timeout.ms",
                    self.config.session_timeout_ms.to_string(),
                )
                .set(
                    "heartbeat.interval.ms",
                    (self.config.session_timeout_ms / 4).max(250).to_string(),
                ),
        };
        client
    }
}

/// Commits and leaves the group. Without a cluster the client would wait for it to come back, 45 seconds long; what is not
/// committed then is repeated, and absorbed.
fn leave(consumer: BaseConsumer<Member>) {
    let (left, leaving) = mpsc::channel();
    std::thread::spawn(move || {
        drop(consumer);
        // Nobody may wait any more.
        let _ = left.send(());
    });
    if leaving.recv_timeout(LEAVE).is_err() {
        tracing::warn!("left a consumer group without a word: no broker answers");
    }
}

/// The topics that hold what someone `takes`.
pub(super) fn topics(config: &KafkaConfig, takes: impl Fn(&str) -> bool) -> Vec<String> {
    let mut topics: Vec<String> = events::TYPES
        .iter()
        .filter(|(kind, _)| takes(kind))
        .map(|(_, topic)| config.topic(topic))
        .collect();
    topics.sort();
    topics.dedup();
    topics
}

/// Whether one of them takes this type of event.
pub(super) fn any_takes(subscribers: &[Arc<dyn Subscriber>], kind: &str) -> bool {
    subscribers.iter().any(|one| one.takes(kind))
}

fn list(places: &[Place]) -> Result<TopicPartitionList, ClientError> {
    let mut list = TopicPartitionList::with_capacity(places.len());
    for (topic, partition) in places {
        list.add_partition_offset(topic, *partition, Offset::Invalid)?;
    }
    Ok(list)
}

/// What the client calls back, on the thread that polls.
struct Member {
    watch: Watch,
    intake: Arc<Intake>,
    prefix: String,
    patience: Duration,
}

impl Member {
    /// Notes how far partitions are handled; the client commits it soon, and when they are given back.
    fn store(&self, consumer: &BaseConsumer<Self>, handled: Vec<(Place, i64)>) {
        for ((topic, partition), next) in handled {
            // The client wants the last offset, not the next one.
            if let Err(error) = consumer.store_offset(&topic, partition, next - 1) {
                tracing::debug!(group = &*self.watch.client, topic = &*topic, partition, error = %error, "offset not stored");
            }
        }
    }

    fn count(&self) {
        let group = [&*self.watch.client];
        let held = self.intake.places().len();
        let gauge = self.watch.metrics.assigned.with(group);
        gauge.set(i64::try_from(held).unwrap_or(i64::MAX));
        self.watch.metrics.rebalances.with(group).inc();
    }
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.watch.log(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        self.watch.measure(&statistics);
        self.watch
            .lag(&statistics, &self.intake.places(), &self.prefix);
    }

    fn error(&self, error: ClientError, reason: &str) {
        self.watch.error(error, reason);
    }
}

impl ConsumerContext for Member {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let places = |list: &TopicPartitionList| -> Vec<Place> {
            let place = |one: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
                (one.topic().into(), one.partition())
            };
            list.elements().iter().map(place).collect()
        };
        match rebalance {
            Rebalance::Assign(list) => {
                self.intake.assign(places(list));
            }
            Rebalance::Revoke(list) => {
                let places = places(list);
                let handled = self.intake.revoke(&places, self.patience);
                self.store(consumer, handled);
                for (topic, partition) in &places {
                    self.watch.set_lag(topic, *partition, &self.prefix, 0);
                }
            }
            Rebalance::Error(error) => {
                tracing::warn!(group = &*self.watch.client, error = %error, "rebalance failed");
            }
        }
        self.count();
    }

    fn commit_callback(&self, result: Result<(), ClientError>, _: &TopicPartitionList) {
        if let Err(error) = result
            && error.rdkafka_error_code() != Some(RDKafkaErrorCode::NoOffset)
        {
            tracing::debug!(group = &*self.watch.client, error = %error, "offsets not committed: they will be again");
        }
    }
}
