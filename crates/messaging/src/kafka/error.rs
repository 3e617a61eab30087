//! What can go wrong with Kafka.

/// Kafka could not be used; the text says the mend where there is one.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// A setting is wrong.
    #[error("in [kafka]: {0}")]
    Setting(String),
    /// A client could not be made or the cluster did not do what it was asked.
    #[error("{what}: {source}")]
    Client {
        /// What was being done.
        what: String,
        /// How it failed.
        source: rdkafka::error::KafkaError,
    },
    /// A topic is not what it should be.
    #[error("the topic {topic} {problem}")]
    Topic {
        /// Which.
        topic: String,
        /// What is wrong with it, and how to mend it.
        problem: String,
    },
}

impl KafkaError {
    pub(super) fn setting(mend: impl Into<String>) -> Self {
        Self::Setting(mend.into())
    }

    /// Makes an error of what the client says about `what`.
    pub(super) fn client(
        what: impl Into<String>,
    ) -> impl FnOnce(rdkafka::error::KafkaError) -> Self {
        let what = what.into();
        move |source| Self::Client { what, source }
    }

    pub(super) fn topic(topic: &str, problem: impl Into<String>) -> Self {
        Self::Topic {
            topic: topic.to_owned(),
            problem: problem.into(),
        }
    }
}
