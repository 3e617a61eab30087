//! GraphQL over HTTP and WebSocket, and health, for one subgraph.

use std::{net::SocketAddr, time::Duration};

use async_graphql::{Data, Response as Answer, http::ALL_WEBSOCKET_PROTOCOLS};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequestParts, Request, State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use fault::{Code, Fault};
use futures::{Stream, StreamExt, stream};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{CLIENT_ADDRESS, Caller, DEADLINE, NOT_STARTED, Served, Serving, Subgraph, errors};

/// The largest operation a subgraph reads, in bytes. The router's own limit is smaller.
const BODY_LIMIT: usize = 2 * 1024 * 1024;
/// Bytes that are read of a WebSocket at once, and held for each: a router's messages are operations and pings.
const READ_AT_ONCE: usize = 4 * 1024;
/// A router that lives pings every five seconds.
const SILENCE: Duration = Duration::from_secs(30);

/// Serves `router` on `listener` until `shutdown`, then finishes the requests under way.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let leaving = shutdown.clone();
    let router = router.layer(middleware::from_fn(move |request, next| {
        refuse_late(leaving.clone(), request, next)
    }));
    // Events are small and come one by one: none waits until the one before it was acknowledged, which takes 40 ms.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "a connection answers late");
        }
    });
    axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(shutdown.cancelled_owned())
    .await
}

/// What comes in after the end was decided is not begun with; the sender asks another replica.
async fn refuse_late(leaving: CancellationToken, request: Request, next: Next) -> Response {
    if leaving.is_cancelled() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(NOT_STARTED, "1"), ("connection", "close")],
        )
            .into_response();
    }
    next.run(request).await
}

pub(crate) fn router<S: Subgraph>(served: Served<S>) -> Router {
    let routes = served.routes();
    Router::new()
        .route("/graphql", get(websocket::<S>).post(operation::<S>))
        .route("/health/live", get(|| async { "ok" }))
        .route("/health/ready", get(ready::<S>))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(served)
        .merge(routes)
}

async fn operation<S: Subgraph>(
    State(served): State<Served<S>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = match caller(&served, &headers) {
        Ok(caller) => caller,
        Err(fault) => return json(&errors::refused(S::NAME, fault)),
    };
    let answer = match serde_json::from_slice::<async_graphql::Request>(&body) {
        Ok(request) => match deadline(&headers) {
            None => served.run(request, caller).await,
            // Nobody waits for it any more.
            Some(Duration::ZERO) => errors::refused(S::NAME, late()),
            Some(limit) => timeout(limit, served.run(request, caller))
                .await
                .unwrap_or_else(|_| errors::refused(S::NAME, late())),
        },
        Err(error) => errors::refused(
            S::NAME,
            Fault::invalid(format!("the body is no GraphQL request: {error}")),
        ),
    };
    json(&answer)
}

/// How long the sender waits.
fn deadline(headers: &HeaderMap) -> Option<Duration> {
    let left: u64 = text(headers, DEADLINE)?.parse().ok()?;
    Some(Duration::from_millis(left))
}

fn late() -> Fault {
    Fault::new(Code::Timeout, "it took too long; try again")
}

async fn websocket<S: Subgraph>(
    State(served): State<Served<S>>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let protocol = match GraphQLProtocol::from_request_parts(&mut parts, &()).await {
        Ok(protocol) => protocol,
        Err(refusal) => return refusal.into_response(),
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refusal.into_response(),
    };
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .max_message_size(BODY_LIMIT)
        .read_buffer_size(READ_AT_ONCE)
        .on_upgrade(move |socket| async move {
            let executor = served.clone();
            let (sink, stream) = socket.split();
            GraphQLWebSocket::new_with_pair(sink, until_silent(stream), executor, protocol)
                .on_connection_init(move |payload: serde_json::Value| async move {
                    let mut data = Data::default();
                    data.insert(session(&served, &headers, &payload)?);
                    Ok(data)
                })
                .serve()
                .await;
        })
}

/// What comes from a peer, until nothing came for [`SILENCE`]. Pings count, which async-graphql's own time limit does not
/// see: it would end every stream of an order whose status does not change for as long.
fn until_silent<S: Stream + Unpin>(messages: S) -> impl Stream<Item = S::Item> {
    stream::unfold(messages, async |mut messages| {
        let message = timeout(SILENCE, messages.next()).await.ok().flatten()?;
        Some((message, messages))
    })
}

/// The caller of a WebSocket: the token stands in the payload of connection_init, or in the upgrade's headers.
fn session<S: Subgraph>(
    served: &Served<S>,
    headers: &HeaderMap,
    payload: &serde_json::Value,
) -> async_graphql::Result<Caller> {
    let given = |name: &str| {
        payload
            .get("headers")
            .and_then(|headers| headers.get(name))
            .or_else(|| payload.get(name))
            .or_else(|| {
                payload.get(if name == "authorization" {
                    "Authorization"
                } else {
                    name
                })
            })
            .and_then(serde_json::Value::as_str)
            .map(ToOwned::to_owned)
            .or_else(|| text(headers, name).map(ToOwned::to_owned))
    };
    Caller::from_headers(
        given("authorization").as_deref(),
        given(CLIENT_ADDRESS).as_deref(),
        given("traceparent").as_deref(),
        served.verifier(),
    )
    .map_err(|fault| async_graphql::Error::new(fault.code().as_str()))
}

fn caller<S: Subgraph>(served: &Served<S>, headers: &HeaderMap) -> Result<Caller, Fault> {
    Caller::from_headers(
        text(headers, header::AUTHORIZATION.as_str()),
        text(headers, CLIENT_ADDRESS),
        text(headers, "traceparent"),
        served.verifier(),
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn ready<S: Subgraph>(State(served): State<Served<S>>) -> Response {
    match database::now(served.database().read()).await {
        Ok(_) => "ok".into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer",
        )
            .into_response(),
    }
}

fn json(answer: &Answer) -> Response {
    match serde_json::to_vec(answer) {
        Ok(body) => (
            [(header::CONTENT_TYPE, "application/graphql-response+json")],
            body,
        )
            .into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal.as_str()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_left_and_one_that_pings_is_not() {
        let pings = stream::unfold(0, async |said| {
            let pause = if said < 20 { SILENCE / 2 } else { SILENCE * 2 };
            tokio::time::sleep(pause).await;
            Some(("ping", said + 1))
        });
        assert_eq!(until_silent(Box::pin(pings)).count().await, 20);
    }
}
