//! Topics are made, set up and described, again and again.

use messaging::{
    KafkaConfig,
    kafka::{Change, Topics},
};

use crate::toy::*;

async fn create(config: &KafkaConfig) -> Result<Vec<Change>, String> {
    let made = Topics::new(config).unwrap().create().await;
    made.map(|topics| topics.iter().map(|topic| topic.change).collect())
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn topics_are_made_once_and_set_up_as_asked() {
    let Some(mut config) = cluster() else { return };
    let missing = Topics::new(&config).unwrap().describe().await.unwrap_err();
    assert!(
        missing.to_string().contains("emporium migrate"),
        "{missing}"
    );
    assert_eq!(create(&config).await.unwrap(), [Change::Created; 5]);
    assert_eq!(create(&config).await.unwrap(), [Change::None; 5]);
    config.retention_hours = 24;
    assert_eq!(create(&config).await.unwrap(), [Change::Altered; 5]);
    assert_eq!(create(&config).await.unwrap(), [Change::None; 5]);
    let described = Topics::new(&config).unwrap().describe().await.unwrap();
    assert_eq!(described[0].retention_ms, 24 * 3_600_000);
    let line = described[3].to_string();
    let expected = format!(
        "topic {}orders.orders: unchanged; partitions 4, replication 1, retention 24 h, min.insync.replicas 1",
        config.topic_prefix
    );
    assert_eq!(line, expected);

    for partitions in [3, 8] {
        let other = KafkaConfig {
            partitions,
            ..config.clone()
        };
        let refused = create(&other).await.unwrap_err();
        assert!(refused.contains("Set `partitions = 4`"), "{refused}");
    }
    let other = KafkaConfig {
        replication: 2,
        ..config.clone()
    };
    let refused = create(&other).await.unwrap_err();
    assert!(refused.contains("kafka-reassign-partitions"), "{refused}");
    Toy::without_topics(config).await.end().await;
}

#[tokio::test]
async fn a_cluster_that_is_not_there_is_said_with_its_address() {
    let refused = create(&own("127.0.0.1:1")).await.unwrap_err();
    assert!(
        refused.contains("127.0.0.1:1") && refused.contains("see that it runs"),
        "{refused}"
    );
}
