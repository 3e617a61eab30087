//! Writing many documents in bounded portions, patiently with a busy server.
//!
//! Every write carries the number of the change it shows as an external version, so the server keeps what is newest:
//! a repetition, a straggler or a second writer changes nothing.

use std::time::Duration;

use clock::Clock;
use elasticsearch::http::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::adapters::search::{Change, Document, SearchError, analysis, document::BETWEEN};

/// A portion has at most so many changes,
const MOST_CHANGES: usize = 1_000;
/// and at most so many bytes, unless a single one has more.
const MOST_BYTES: usize = 4_000_000;
/// So often a portion is sent before the server is said to be away.
const TRIES: u32 = 8;
/// The longest pause before the second try; it doubles with each one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// One change in the server's form.
struct Line {
    id: String,
    text: String,
}

/// Writes all changes by way of the alias `into`, which must exist: an index that is gone is not made again by
/// writing to it.
pub(super) async fn write(
    client: &Client,
    clock: &Clock,
    into: &str,
    changes: &[Change],
) -> Result<(), SearchError> {
    let mut portion: Vec<Line> = Vec::new();
    let mut bytes = 0_usize;
    for change in changes {
        let line = line(change);
        let grown = bytes.saturating_add(line.text.len());
        if !portion.is_empty() && (portion.len() >= MOST_CHANGES || grown > MOST_BYTES) {
            send(client, clock, into, std::mem::take(&mut portion)).await?;
            bytes = 0;
        }
        bytes = bytes.saturating_add(line.text.len());
        portion.push(line);
    }
    if portion.is_empty() {
        Ok(())
    } else {
        send(client, clock, into, portion).await
    }
}

/// Sends a portion until the server took every line of it.
async fn send(
    client: &Client,
    clock: &Clock,
    into: &str,
    mut portion: Vec<Line>,
) -> Result<(), SearchError> {
    let mut pause = FIRST_PAUSE;
    for attempt in 1..=TRIES {
        let body: String = portion.iter().map(|line| line.text.as_str()).collect();
        let parameters = [
            ("require_alias", "true"),
            (
                "filter_path",
                "errors,items.*.status,items.*.error.type,items.*.error.reason",
            ),
        ];
        let path = format!("/{into}/_bulk");
        let sent = client
            .tell(Method::Post, &path, &parameters, Some(body))
            .await;
        let busy = match sent {
            Ok(reply) => {
                portion = left(portion, &reply.success()?)?;
                if portion.is_empty() {
                    return Ok(());
                }
                "it is busy".into()
            }
            Err(SearchError::Away { cause, .. }) => cause,
            Err(error) => return Err(error),
        };
        if attempt == TRIES {
            return Err(SearchError::Away {
                cause: busy,
                wait: pause,
            });
        }
        tokio::time::sleep(pause.mul_f64(clock.fraction())).await;
        pause = pause.saturating_mul(2);
    }
    Ok(())
}

/// The lines of a portion that the server was too busy for.
fn left(portion: Vec<Line>, answer: &Value) -> Result<Vec<Line>, SearchError> {
    if answer["errors"] == false {
        return Ok(Vec::new());
    }
    let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
    if items.len() != portion.len() {
        return Err(SearchError::Refused(format!(
            "it answers {} of {} changes",
            items.len(),
            portion.len()
        )));
    }
    let mut left = Vec::new();
    for (line, item) in portion.into_iter().zip(items) {
        let item = item.as_object().and_then(|item| item.values().next());
        let status = item.and_then(|item| item["status"].as_u64()).unwrap_or(0);
        let error = item.map_or(&Value::Null, |item| &item["error"]);
        match status {
            // 409: it has something newer; 404 without an error: what was to be removed is not there.
            200..300 | 409 => {}
            404 if error.is_null() => {}
            404 => return Err(SearchError::Moved),
            429 | 500..600 => left.push(line),
            _ => {
                return Err(SearchError::Refused(format!(
                    "it does not take product {}: {status} {error}",
                    line.id
                )));
            }
        }
    }
    Ok(left)
}

fn line(change: &Change) -> Line {
    let (action, id, number, document) = match change {
        Change::Put(document) => ("index", document.id, document.change, Some(document)),
        Change::Remove(id, number) => ("delete", *id, *number, None),
    };
    let id = id.simple().to_string();
    let mut text =
        json!({ action: { "_id": id, "version": number, "version_type": "external_gte" } })
            .to_string();
    text.push('\n');
    if let Some(document) = document {
        text.push_str(&source(document).to_string());
        text.push('\n');
    }
    Line { id, text }
}

/// A product in the form of `index.json`. Texts are analyzed here, as they are for the embedded engine: so a word is
/// the same word everywhere, whatever version of a stemmer a server has.
fn source(product: &Document) -> Value {
    let mut analyzer = analysis::stemmed();
    let mut text = |text: &str| analysis::terms(&mut analyzer, text);
    let brand = product.brand.as_deref().unwrap_or_default();
    let mut words = analysis::words(analysis::plain(), &product.name, usize::MAX);
    words.extend(analysis::words(analysis::plain(), brand, usize::MAX));
    json!({
        "id": product.id.simple().to_string(),
        "name": text(&product.name),
        "brand_text": text(brand),
        "category_text": product.category_names.iter().map(|name| text(name)).collect::<Vec<_>>(),
        "option_text": product.options.iter().map(|(_, value)| text(value)).collect::<Vec<_>>(),
        "description": text(&product.description),
        "words": words,
        "sku": product.skus.iter().map(|sku| sku.to_lowercase()).collect::<Vec<_>>(),
        "category": product.categories.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>(),
        "brand": product.brand,
        "option": product.options.iter().map(|(name, value)| format!("{name}{BETWEEN}{value}")).collect::<Vec<_>>(),
        "price": product.price,
        "created": product.created_at,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::{Router, body::Bytes, http::StatusCode, routing::post};
    use serving::config::Secret;
    use uuid::Uuid;

    use super::*;
    use crate::adapters::search::Access;

    /// A server that answers one of these to each bulk, and the bodies it got.
    async fn server(answers: Vec<(StatusCode, Value)>) -> (Client, Arc<Mutex<Vec<String>>>) {
        let got: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&got);
        let answer = move |body: Bytes| {
            let mut seen = seen.lock().unwrap();
            seen.push(String::from_utf8(body.to_vec()).unwrap());
            let (status, answer) = answers[seen.len() - 1].clone();
            async move { (status, axum::Json(answer)) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/goods-v1-write/_bulk", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let access = Access {
            url,
            username: String::new(),
            password: Secret::default(),
            ca_file: None,
            index: "goods".to_owned(),
            patience: Duration::from_secs(1),
        };
        (Client::new(&access).unwrap(), got)
    }

    fn removals(count: u128) -> Vec<Change> {
        let removal = |id| Change::Remove(Uuid::from_u128(id), 7);
        (1..=count).map(removal).collect()
    }

    fn statuses(statuses: &[u16]) -> (StatusCode, Value) {
        let items = statuses
            .iter()
            .map(|status| json!({ "delete": { "status": status } }));
        let answer = json!({ "errors": true, "items": items.collect::<Vec<_>>() });
        (StatusCode::OK, answer)
    }

    #[tokio::test]
    async fn what_the_server_was_too_busy_for_is_sent_again_and_nothing_else() {
        let busy = (StatusCode::TOO_MANY_REQUESTS, json!({}));
        let (client, got) = server(vec![busy, statuses(&[200, 429, 409]), statuses(&[404])]).await;
        let written = write(&client, &Clock::system(), "goods-v1-write", &removals(3)).await;
        written.unwrap();
        let got = got.lock().unwrap();
        let lines: Vec<usize> = got.iter().map(|body| body.lines().count()).collect();
        assert_eq!(lines, [3, 3, 1]);
        assert!(got[2].contains(&Uuid::from_u128(2).simple().to_string()));
    }

    #[tokio::test]
    async fn portions_are_bounded_and_a_refusal_names_the_product() {
        let taken = (StatusCode::OK, json!({ "errors": false }));
        let (client, got) = server(vec![taken, statuses(&[400])]).await;
        let all = removals(u128::try_from(MOST_CHANGES).unwrap() + 1);
        let written = write(&client, &Clock::system(), "goods-v1-write", &all).await;
        let refusal = written.unwrap_err().to_string();
        let last = Uuid::from_u128(u128::try_from(MOST_CHANGES).unwrap() + 1);
        assert!(refusal.contains(&last.simple().to_string()), "{refusal}");
        assert_eq!(got.lock().unwrap()[0].lines().count(), MOST_CHANGES);
    }
}
