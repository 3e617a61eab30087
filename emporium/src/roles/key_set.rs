//! The public keys, from the replicas of users.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use identity::Verifier;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::ShopError;

/// Twice in the time that a new key is published before it signs, by default.
const EVERY: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(3);
/// While there is no key at all: users may be just starting.
const FIRST: Duration = Duration::from_millis(200);
/// While users is away, and between two readings that unknown keys ask for.
const AGAIN: Duration = Duration::from_secs(1);

/// Reads the key set again and again until `stop`: from all of `urls`, since a replica may have a new key before another.
/// While none answers, the keys known last stay good.
pub(crate) async fn follow(
    verifier: Arc<Verifier>,
    urls: Vec<String>,
    stop: CancellationToken,
) -> Result<(), ShopError> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .map_err(ShopError::other("the key set cannot be read"))?;
    let (mut away, began) = (false, Instant::now());
    loop {
        let read = read(&http, &urls).await.and_then(|keys| {
            verifier
                .replace_jwks(&keys)
                .map_err(|error| error.to_string())
        });
        let rest = match &read {
            Ok(()) => EVERY,
            Err(_) if verifier.has_keys() => AGAIN,
            Err(_) => FIRST,
        };
        match read {
            Ok(()) if away => {
                away = false;
                tracing::info!("the key set can be read again");
            }
            Err(error) if !away && (verifier.has_keys() || began.elapsed() > PATIENCE) => {
                away = true;
                tracing::warn!(
                    error,
                    "the key set cannot be read; what is known stays good"
                );
            }
            _ => {}
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(rest) => {}
            () = unknown(&verifier) => {}
        }
    }
}

/// A token named an unknown key; not at once again, should somebody make such tokens up.
async fn unknown(verifier: &Verifier) {
    tokio::time::sleep(AGAIN).await;
    verifier.unknown_key().await;
}

/// The keys of every replica that answers.
async fn read(http: &reqwest::Client, urls: &[String]) -> Result<Value, String> {
    let asked = urls.iter().map(|url| async move {
        let answer = http.get(url).send().await?.error_for_status()?;
        answer.json::<Value>().await
    });
    let mut known = BTreeSet::new();
    let (mut keys, mut failed) = (Vec::new(), None);
    for answer in join_all(asked).await {
        match answer {
            Ok(set) => keys.extend(
                set["keys"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|key| known.insert(key["x"].to_string()))
                    .cloned(),
            ),
            Err(error) => failed = Some(error.to_string()),
        }
    }
    match failed {
        Some(error) if keys.is_empty() => Err(error),
        _ => Ok(json!({ "keys": keys })),
    }
}
