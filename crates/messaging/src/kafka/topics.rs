//! The topics: made and described, never made less.

use std::{collections::BTreeMap, fmt, time::Duration};

use rdkafka::{
    Offset, TopicPartitionList,
    admin::{
        AdminClient, AdminOptions, AlterConfig, ConfigResource, ConfigSource, NewTopic,
        ResourceSpecifier, TopicReplication,
    },
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer as _},
    error::{KafkaError as ClientError, RDKafkaErrorCode},
};

use super::{KafkaConfig, KafkaError, group};

const PATIENCE: Duration = Duration::from_secs(10);
const SETTLING: Duration = Duration::from_millis(50);
const HOUR_MS: u64 = 3_600_000;

/// What became of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Created,
    /// Its retention or its limits were others.
    Altered,
    /// It was as it should be.
    None,
}

/// A topic as it is. `Display` writes a line about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name in the cluster.
    pub name: String,
    /// How many partitions it has.
    pub partitions: usize,
    /// How many copies of each.
    pub replication: usize,
    /// How long an event stays, in milliseconds; less than 0: for ever.
    pub retention_ms: i64,
    /// How many copies must be in step before an event counts as published.
    pub min_insync_replicas: u32,
    /// What `create` did to it.
    pub change: Change,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.retention_ms / i64::try_from(HOUR_MS).unwrap_or(i64::MAX);
        let change = match self.change {
            Change::Created => "created",
            Change::Altered => "altered",
            Change::None => "unchanged",
        };
        write!(
            f,
            "topic {}: {change}; partitions {}, replication {}, retention {hours} h, min.insync.replicas {}",
            self.name, self.partitions, self.replication, self.min_insync_replicas
        )
    }
}

/// The topics of all events in one cluster.
pub struct Topics {
    config: KafkaConfig,
    admin: AdminClient<DefaultClientContext>,
    names: Vec<String>,
}

impl Topics {
    /// The topics of `events` as these settings want them.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        config.check()?;
        let mut client = config.client();
        client.set("statistics.interval.ms", "0");
        Ok(Self {
            config: config.clone(),
            admin: client
                .create()
                .map_err(KafkaError::client("the client of kafka could not be made"))?,
            names: events::TOPICS
                .iter()
                .map(|topic| config.topic(topic))
                .collect(),
        })
    }

    /// Makes the topics that are missing, and sets retention and limits of those that are there. Changes nothing when it is
    /// called again. Fails when a topic has another number of partitions or copies: changing them is the operator's to
    /// decide, and the error says how.
    pub async fn create(&self) -> Result<Vec<Topic>, KafkaError> {
        let settings = self.settings();
        let wanted: Vec<NewTopic<'_>> = self
            .names
            .iter()
            .map(|name| {
                let replication = TopicReplication::Fixed(self.config.replication);
                let topic = NewTopic::new(name, self.config.partitions, replication);
                settings
                    .iter()
                    .fold(topic, |topic, (key, value)| topic.set(key, value))
            })
            .collect();
        let made = self
            .admin
            .create_topics(&wanted, &options())
            .await
            .map_err(KafkaError::client(self.asked("to make topics")))?;
        let mut created = Vec::new();
        for outcome in made {
            match outcome {
                Ok(name) => created.push(name),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => {
                    return Err(KafkaError::topic(&name, format!("was not made: {code}")));
                }
            }
        }
        let altered = self.alter(&created).await?;
        let mut topics = self.settled().await?;
        for topic in &mut topics {
            if created.contains(&topic.name) {
                topic.change = Change::Created;
            } else if altered.contains(&topic.name) {
                topic.change = Change::Altered;
            }
        }
        match topics.iter().find_map(|topic| self.refusal(topic)) {
            Some(refusal) => Err(refusal),
            None => Ok(topics),
        }
    }

    /// The topics as they are, once all that were just made are known to the brokers.
    async fn settled(&self) -> Result<Vec<Topic>, KafkaError> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            match self.describe().await {
                Err(KafkaError::Topic { .. }) if tokio::time::Instant::now() < until => {
                    // The controller has them; the brokers learn of them a moment later.
                    tokio::time::sleep(SETTLING).await;
                }
                described => return described,
            }
        }
    }

    /// The topics as they are. Fails when one is missing.
    pub async fn describe(&self) -> Result<Vec<Topic>, KafkaError> {
        let settings = self.current_settings().await?;
        let shape = self.shape().await?;
        self.names
            .iter()
            .map(|name| {
                let (partitions, replication) = shape
                    .get(name)
                    .copied()
                    .ok_or_else(|| KafkaError::topic(name, "is missing: run `emporium migrate`"))?;
                let value = |key: &str| {
                    settings
                        .get(name)
                        .and_then(|of| of.get(key))
                        .map(|(value, _)| value.as_str())
                };
                Ok(Topic {
                    name: name.clone(),
                    partitions,
                    replication,
                    retention_ms: number(value("retention.ms")).unwrap_or(-1),
                    min_insync_replicas: number(value("min.insync.replicas")).unwrap_or(1),
                    change: Change::None,
                })
            })
            .collect()
    }

    /// How many events the group of this name has still to handle, of the topics that hold what it `takes`. For tools and
    /// tests: it asks the cluster. What was handled in the last moment may still be counted.
    pub async fn lag(&self, group: &str, takes: impl Fn(&str) -> bool) -> Result<u64, KafkaError> {
        let client = self.config.consumer(&self.config.group(group));
        let names = group::topics(&self.config, takes);
        let shape = self.shape().await?;
        blocking(move || {
            let consumer: BaseConsumer = client.create()?;
            let mut asked = TopicPartitionList::new();
            for (name, (count, _)) in shape.iter().filter(|(name, _)| names.contains(name)) {
                let last = i32::try_from(*count).unwrap_or(i32::MAX).saturating_sub(1);
                asked.add_partition_range(name, 0, last);
            }
            let committed = consumer.committed_offsets(asked, PATIENCE)?;
            let mut lag = 0;
            for place in committed.elements() {
                let (topic, partition) = (place.topic(), place.partition());
                let (begin, end) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
                let handled = match place.offset() {
                    Offset::Offset(offset) => offset,
                    _ => begin,
                };
                lag += u64::try_from(end.saturating_sub(handled)).unwrap_or(0);
            }
            Ok(lag)
        })
        .await
        .map_err(KafkaError::client(self.asked("about a group")))
    }

    /// What the settings of each topic should be.
    fn settings(&self) -> [(&'static str, String); 4] {
        let retention = u64::from(self.config.retention_hours) * HOUR_MS;
        [
            ("cleanup.policy", "delete".to_owned()),
            ("retention.ms", retention.to_string()),
            (
                "min.insync.replicas",
                self.config.min_insync_replicas.to_string(),
            ),
            (
                "max.message.bytes",
                self.config.message_max_bytes.to_string(),
            ),
        ]
    }

    /// Sets what differs; tells which topics those were. The request replaces all that was ever set on a topic, so what
    /// others set is repeated in it.
    async fn alter(&self, created: &[String]) -> Result<Vec<String>, KafkaError> {
        let (wanted, current) = (self.settings(), self.current_settings().await?);
        let mut altered = Vec::new();
        for name in self.names.iter().filter(|name| !created.contains(name)) {
            let Some(current) = current.get(name) else {
                continue;
            };
            let differs = |(key, value): &(&'static str, String)| {
                current.get(*key).is_none_or(|(now, _)| now != value)
            };
            if !wanted.iter().any(differs) {
                continue;
            }
            let set = current.iter().filter(|(_, (_, by_topic))| *by_topic);
            let mut request = AlterConfig::new(ResourceSpecifier::Topic(name));
            for (key, (value, _)) in set {
                request = request.set(key, value);
            }
            for (key, value) in &wanted {
                request = request.set(key, value);
            }
            let outcome = self
                .admin
                .alter_configs([&request], &options())
                .await
                .map_err(KafkaError::client(self.asked("to set up topics")))?;
            if let Some(Err((_, code))) = outcome.first() {
                return Err(KafkaError::topic(name, format!("was not set up: {code}")));
            }
            altered.push(name.clone());
        }
        Ok(altered)
    }

    fn refusal(&self, topic: &Topic) -> Option<KafkaError> {
        let (partitions, replication) = (self.config.partitions, self.config.replication);
        if usize::try_from(partitions).is_ok_and(|wanted| wanted != topic.partitions) {
            let problem = format!(
                "has {} partitions and should have {partitions}. A change would send later events of an aggregate to another \
                 partition, past earlier ones. Set `partitions = {}` in [kafka]; or stop whatever publishes, wait until the lag of \
                 all groups is 0, change the topic with kafka-topics, and start again",
                topic.partitions, topic.partitions
            );
            return Some(KafkaError::topic(&topic.name, problem));
        }
        if usize::try_from(replication).is_ok_and(|wanted| wanted != topic.replication) {
            let problem = format!(
                "has {} copies of each partition and should have {replication}. Move them with kafka-reassign-partitions, or set \
                 `replication = {}` in [kafka]",
                topic.replication, topic.replication
            );
            return Some(KafkaError::topic(&topic.name, problem));
        }
        None
    }

    /// The settings of each topic that is there, each with whether it was set on the topic itself.
    async fn current_settings(
        &self,
    ) -> Result<BTreeMap<String, BTreeMap<String, (String, bool)>>, KafkaError> {
        let asked: Vec<_> = self
            .names
            .iter()
            .map(|name| ResourceSpecifier::Topic(name))
            .collect();
        let found = self
            .admin
            .describe_configs(&asked, &options())
            .await
            .map_err(KafkaError::client(self.asked("about topics")))?;
        let mut settings = BTreeMap::new();
        for (name, outcome) in self.names.iter().zip(found) {
            match outcome {
                Ok(resource) => {
                    settings.insert(name.clone(), entries(resource));
                }
                Err(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
                }
                Err(code) => {
                    return Err(KafkaError::topic(
                        name,
                        format!("cannot be described: {code}"),
                    ));
                }
            }
        }
        Ok(settings)
    }

    /// Partitions and copies of each topic that is there.
    async fn shape(&self) -> Result<BTreeMap<String, (usize, usize)>, KafkaError> {
        let mut client = self.config.client();
        client.set("statistics.interval.ms", "0");
        blocking(move || {
            let consumer: BaseConsumer = client.create()?;
            let metadata = consumer.fetch_metadata(None, PATIENCE)?;
            let shape = metadata.topics().iter().map(|topic| {
                let copies = topic
                    .partitions()
                    .iter()
                    .map(|one| one.replicas().len())
                    .min();
                (
                    topic.name().to_owned(),
                    (topic.partitions().len(), copies.unwrap_or(0)),
                )
            });
            Ok(shape.collect())
        })
        .await
        .map_err(KafkaError::client(self.asked("about topics")))
    }

    fn asked(&self, what: &str) -> String {
        format!(
            "kafka at {} was asked {what}; see that it runs and that the address, `tls` and `sasl_mechanism` are right",
            self.config.brokers
        )
    }
}

async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, ClientError> + Send + 'static,
) -> Result<T, ClientError> {
    tokio::task::spawn_blocking(ask)
        .await
        .unwrap_or(Err(ClientError::Canceled))
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(PATIENCE))
        .operation_timeout(Some(PATIENCE))
}

fn entries(resource: ConfigResource) -> BTreeMap<String, (String, bool)> {
    let value = |entry: rdkafka::admin::ConfigEntry| {
        let by_topic = entry.source == ConfigSource::DynamicTopic;
        entry.value.map(|value| (entry.name, (value, by_topic)))
    };
    resource.entries.into_iter().filter_map(value).collect()
}

fn number<N: std::str::FromStr>(text: Option<&str>) -> Option<N> {
    text.and_then(|text| text.parse().ok())
}
