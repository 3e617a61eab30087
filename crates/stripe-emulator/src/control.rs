use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::emulator::Shared;
use crate::routes;
use crate::switches::Switches;

/// What tests and tools use, apart from Stripe's protocol and from loopback only:
/// `GET` and `POST /_emulator/switches`, `GET /_emulator/state`.
pub(crate) async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    parts: &Parts,
    body: Incoming,
) -> Response<Full<Bytes>> {
    if !peer.ip().to_canonical().is_loopback() {
        return respond(
            StatusCode::FORBIDDEN,
            &json!({ "error": "from loopback only" }),
        );
    }
    match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/_emulator/switches") => {
            respond(StatusCode::OK, &json!(shared.switches.get()))
        }
        (&Method::POST, "/_emulator/switches") => {
            let body = match routes::read(body).await {
                Ok(body) => body,
                Err(error) => return respond(error.status, &json!({ "error": error.message })),
            };
            match serde_json::from_slice::<Switches>(&body) {
                Ok(switches) => {
                    shared.switches.set(switches);
                    respond(StatusCode::OK, &json!(shared.switches.get()))
                }
                Err(error) => respond(
                    StatusCode::BAD_REQUEST,
                    &json!({ "error": error.to_string() }),
                ),
            }
        }
        (&Method::GET, "/_emulator/state") => match state(shared).await {
            Ok(state) => respond(StatusCode::OK, &state),
            Err(error) => {
                tracing::error!(error = %error, "payment emulator could not read its state");
                respond(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    &json!({ "error": "not readable" }),
                )
            }
        },
        _ => respond(StatusCode::NOT_FOUND, &json!({ "error": "no such page" })),
    }
}

/// Counts of everything, the money taken and given back in each currency, and the switches.
async fn state(shared: &Shared) -> rusqlite::Result<Value> {
    let mut state = shared.store.readers.read_long(counts).await?;
    state["switches"] = json!(shared.switches.get());
    Ok(state)
}

fn counts(conn: &Connection) -> rusqlite::Result<Value> {
    let intents: BTreeMap<String, i64> = conn
        .prepare_cached("SELECT status, count(*) FROM payment_intents GROUP BY status")?
        .query_map([], |row| row.try_into())?
        .collect::<rusqlite::Result<_>>()?;
    let money: Vec<(String, i64, i64, i64)> = conn
        .prepare_cached(
            "SELECT currency, count(*), sum(amount_captured), sum(amount_refunded) FROM charges GROUP BY currency",
        )?
        .query_map([], |row| row.try_into())?
        .collect::<rusqlite::Result<_>>()?;
    let refunds: i64 = conn
        .prepare_cached("SELECT count(*) FROM refunds")?
        .query_row([], |row| row.get(0))?;
    let deliveries: BTreeMap<i64, i64> = conn
        .prepare_cached("SELECT delivery, count(*) FROM events GROUP BY delivery")?
        .query_map([], |row| row.try_into())?
        .collect::<rusqlite::Result<_>>()?;
    let delivery = |wanted: i64| deliveries.get(&wanted).copied().unwrap_or(0);
    let money: Map<String, Value> = money
        .into_iter()
        .map(|(currency, charges, captured, refunded)| {
            let sums = json!({ "charges": charges, "captured": captured, "refunded": refunded });
            (currency, sums)
        })
        .collect();
    Ok(json!({
        "payment_intents": intents,
        "money": money,
        "refunds": refunds,
        "webhooks": {
            "pending": delivery(0), "delivered": delivery(1), "lost": delivery(2),
            "given_up": delivery(3), "unwanted": delivery(4),
        },
    }))
}

fn respond(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.to_string().into()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
