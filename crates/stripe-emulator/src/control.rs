use std::net::SocketAddr;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use sea_orm::sqlx;
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

/// Counts of everything, and the money taken and given back in each currency.
async fn state(shared: &Shared) -> Result<Value, sqlx::Error> {
    let mut conn = shared.store.reader().await?;
    let intents: Vec<(String, i64)> =
        sqlx::query_as("SELECT status, count(*) FROM payment_intents GROUP BY status")
            .fetch_all(&mut *conn)
            .await?;
    let money: Vec<(String, i64, i64, i64)> = sqlx::query_as(
        "SELECT currency, count(*), sum(amount_captured), sum(amount_refunded) FROM charges GROUP BY currency",
    )
    .fetch_all(&mut *conn)
    .await?;
    let refunds: i64 = sqlx::query_scalar("SELECT count(*) FROM refunds")
        .fetch_one(&mut *conn)
        .await?;
    let deliveries: Vec<(i64, i64)> =
        sqlx::query_as("SELECT delivery, count(*) FROM events GROUP BY delivery")
            .fetch_all(&mut *conn)
            .await?;
    let delivery = |wanted: i64| {
        deliveries
            .iter()
            .find(|(state, _)| *state == wanted)
            .map_or(0, |(_, count)| *count)
    };
    let money: Map<String, Value> = money
        .into_iter()
        .map(|(currency, charges, captured, refunded)| {
            let sums = json!({ "charges": charges, "captured": captured, "refunded": refunded });
            (currency, sums)
        })
        .collect();
    Ok(json!({
        "payment_intents": intents.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "money": money,
        "refunds": refunds,
        "webhooks": {
            "pending": delivery(0), "delivered": delivery(1), "lost": delivery(2),
            "given_up": delivery(3), "unwanted": delivery(4),
        },
        "switches": shared.switches.get(),
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
