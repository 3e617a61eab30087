//! Publishing to Kafka.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use events::Envelope;
use rdkafka::{
    ClientConfig,
    error::{KafkaError as ClientError, RDKafkaErrorCode},
    producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _, PurgeConfig},
};

use super::{KafkaConfig, KafkaError, KafkaMetrics, cloud_events, metrics::Watch};
use crate::{Transport, TransportError};

/// How long what was ended may take to say so.
const ENDING: Duration = Duration::from_secs(5);

/// Publishes events to their topics, to all copies in step, in order.
///
/// The order of an aggregate survives failures: no event gives up while a later one goes on. The broker takes a
/// producer's messages without a gap or not at all; the first that fails for good, or does not arrive in time, ends that
/// producer with everything behind it, and the outbox begins again with its oldest event on a new one. So the topic holds
/// events in order, some perhaps twice.
pub struct Producer {
    client: ClientConfig,
    topic_prefix: String,
    timeout: Duration,
    metrics: KafkaMetrics,
    current: Mutex<Option<Arc<Line>>>,
}

/// A client and whether it has been ended. Whoever sends holds the lock for reading: between the first and the last event of
/// a batch no one ends it.
struct Line {
    client: FutureProducer<Watch>,
    ended: RwLock<bool>,
}

impl Producer {
    /// A producer for this cluster; it connects by itself and goes on trying.
    pub fn new(config: &KafkaConfig, metrics: KafkaMetrics) -> Result<Self, KafkaError> {
        config.check()?;
        let producer = Self {
            client: config.producer(),
            topic_prefix: config.topic_prefix.clone(),
            timeout: Duration::from_millis(config.publish_timeout_ms),
            metrics,
            current: Mutex::new(None),
        };
        producer.line().map_err(KafkaError::client(
            "the producer of kafka could not be made",
        ))?;
        Ok(producer)
    }

    fn line(&self) -> Result<Arc<Line>, ClientError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = current.as_ref() {
            return Ok(Arc::clone(line));
        }
        let watch = Watch::new("producer", &self.metrics);
        let line = Arc::new(Line {
            client: self.client.create_with_context(watch)?,
            ended: RwLock::new(false),
        });
        Ok(Arc::clone(current.insert(line)))
    }

    /// Ends a client: what it has not sent yet is never sent.
    fn end(&self, line: &Arc<Line>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|now| Arc::ptr_eq(now, line)) {
            *current = None;
        }
        drop(current);
        let mut ended = line.ended.write().unwrap_or_else(PoisonError::into_inner);
        *ended = true;
        line.client.purge(PurgeConfig::default().queue().inflight());
    }

    async fn send(&self, batch: &[Envelope]) -> Result<(), ClientError> {
        let line = self.line()?;
        let (sent, refused) = line.send(&self.topic_prefix, batch);
        let mut sent = sent.into_iter();
        let arrived = tokio::time::timeout(self.timeout, all(&mut sent)).await;
        let timed_out = ClientError::MessageProduction(RDKafkaErrorCode::MessageTimedOut);
        let arrived = arrived.unwrap_or(Err(timed_out));
        if arrived.is_err() {
            self.end(&line);
            let rest = async {
                for delivery in sent {
                    // Ended on purpose; the first error is the one that counts.
                    let _ = delivery.await;
                }
            };
            let _ = tokio::time::timeout(ENDING, rest).await;
        }
        if let Some(last) = Arc::into_inner(line) {
            // It waits for its threads.
            let _ = tokio::task::spawn_blocking(move || drop(last)).await;
        }
        arrived.and_then(|()| refused.map_or(Ok(()), Err))
    }
}

impl Line {
    /// Sends events up to the first one that is refused: nothing behind it is sent either.
    fn send(
        &self,
        topic_prefix: &str,
        batch: &[Envelope],
    ) -> (Vec<DeliveryFuture>, Option<ClientError>) {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        if *ended {
            return (Vec::new(), Some(ClientError::Canceled));
        }
        let mut sent = Vec::with_capacity(batch.len());
        for event in batch {
            let Ok(encoded) = cloud_events::encode(event) else {
                let error = ClientError::MessageProduction(RDKafkaErrorCode::InvalidMessage);
                return (sent, Some(error));
            };
            let topic = format!("{topic_prefix}{}", event.topic);
            let record = FutureRecord::to(&topic)
                .key(&encoded.key)
                .payload(&encoded.payload)
                .headers(encoded.headers);
            match self.client.send_result(record) {
                Ok(delivery) => sent.push(delivery),
                Err((error, _)) => {
                    tracing::error!(
                        event.kind, event.id = %event.id, bytes = encoded.payload.len(), error = %error,
                        "kafka's client refused an event; see `message_max_bytes` if it is too large"
                    );
                    return (sent, Some(error));
                }
            }
        }
        (sent, None)
    }
}

/// Waits until all have arrived, or one has not.
async fn all(sent: &mut impl Iterator<Item = DeliveryFuture>) -> Result<(), ClientError> {
    for delivery in sent {
        match delivery.await {
            Ok(Ok(_)) => {}
            Ok(Err((error, _))) => return Err(error),
            Err(_) => return Err(ClientError::Canceled),
        }
    }
    Ok(())
}

#[async_trait]
impl Transport for Producer {
    async fn publish(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        let began = Instant::now();
        let outcome = self.send(batch).await;
        let word = if outcome.is_ok() {
            "published"
        } else {
            "failed"
        };
        self.metrics
            .produced
            .with([word])
            .observe(began.elapsed().as_secs_f64());
        outcome.map_err(|error| TransportError {
            to: "kafka".to_owned(),
            source: error.into(),
        })
    }
}
