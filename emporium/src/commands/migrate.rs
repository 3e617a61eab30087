//! `emporium migrate`.

use clock::Clock;
use messaging::{KafkaConfig, kafka::Topics};
use products::Products;
use serving::Subgraph as _;

use super::Place;
use crate::{DataFolder, databases::Databases, roles};

/// Brings all databases up to date, and the topics of Kafka where events go through it, and makes an empty index where
/// products searches in Elasticsearch: a worker fills it.
pub(crate) async fn migrate(place: Place) -> Result<(), String> {
    let folder = if roles::on_servers(&place.settings) {
        None
    } else {
        Some(DataFolder::take(&place.data).map_err(|error| error.to_string())?)
    };
    let databases = Databases::open(&place.settings, folder.as_ref(), &Clock::system())
        .await
        .map_err(|error| error.to_string())?;
    for (name, _) in databases.all() {
        println!("{name}: up to date");
    }
    databases.close().await;
    let kafka: KafkaConfig = place
        .settings
        .section("kafka", messaging::KAFKA_DEFAULTS)
        .map_err(|error| error.to_string())?;
    if kafka.is_set() {
        let topics = Topics::new(&kafka).map_err(|error| error.to_string())?;
        for topic in topics.create().await.map_err(|error| error.to_string())? {
            println!("{topic}");
        }
    }
    let products: products::Config = place
        .settings
        .section(Products::NAME, Products::DEFAULTS)
        .map_err(|error| error.to_string())?;
    let index = Products::prepare_search(&products, Clock::system()).await;
    if let Some(index) = index.map_err(|error| error.to_string())? {
        println!("search: {index}");
    }
    Ok(())
}
