use bytes::Bytes;
use rusqlite::params;
use serde::Serialize;
use serde_json::Value;

use crate::error::json;
use crate::identifiers::mint;
use crate::objects::API_VERSION;
use crate::writer::Tx;

/// An event that was just committed, on its way to the dispatcher.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) seq: i64,
    pub(crate) created_ms: i64,
    pub(crate) payload: Bytes,
}

#[derive(Serialize)]
struct Event<'e, T> {
    id: String,
    object: &'static str,
    api_version: &'static str,
    created: i64,
    data: Data<'e, T>,
    livemode: bool,
    pending_webhooks: u8,
    request: Request<'e>,
    r#type: &'static str,
}

#[derive(Serialize)]
struct Data<'e, T> {
    object: &'e T,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_attributes: Option<Value>,
}

#[derive(Serialize)]
struct Request<'e> {
    id: Option<&'e str>,
    idempotency_key: Option<&'e str>,
}

/// Records an event and, when the endpoint wants its type, queues its webhook: both are rows of
/// the transaction that makes the change.
pub(crate) fn emit<T: Serialize>(
    tx: &mut Tx<'_>,
    kind: &'static str,
    object: &T,
    previous_attributes: Option<Value>,
) -> rusqlite::Result<()> {
    let wanted = tx
        .settings
        .webhook_events
        .iter()
        .any(|event| event == "*" || event == kind);
    let id = mint("evt_");
    let event = Event {
        id: id.clone(),
        object: "event",
        api_version: API_VERSION,
        created: tx.now(),
        data: Data {
            object,
            previous_attributes,
        },
        livemode: false,
        pending_webhooks: u8::from(wanted),
        request: Request {
            id: tx.origin.request.as_deref(),
            idempotency_key: tx.origin.key.as_deref(),
        },
        r#type: kind,
    };
    let payload = json(&event);
    let seq = tx
        .conn
        .prepare_cached(
            "INSERT INTO events (id, created, type, delivery, next_attempt_at, doc)
             VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .insert(params![
            id,
            tx.now(),
            kind,
            if wanted { 0 } else { 4 },
            wanted.then_some(tx.now_ms),
            payload,
        ])?;
    if wanted {
        tx.effects.fresh.push(Fresh {
            seq,
            created_ms: tx.now_ms,
            payload: payload.into(),
        });
    }
    Ok(())
}
