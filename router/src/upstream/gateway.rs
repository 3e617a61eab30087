//! A door on loopback for what hive-router sends by itself to the one URL that it knows of a subgraph: WebSockets of
//! subscriptions, and the entity joins of their events. They are balanced here like everything else.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use futures::future::try_join;
use hive_router::http::{
    HeaderMap, Request, Response, StatusCode,
    header::{CONNECTION, UPGRADE},
    uri::PathAndQuery,
};
use http_body_util::{BodyExt as _, Empty, Full, Limited};
use hyper::{body::Incoming, client::conn, server, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{io::copy_bidirectional_with_sizes, net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    fleet::{Call, Fleet, Fleets, address_to},
    replica::{Replica, Turn, Work},
};
use crate::{config::ms, transport::SubgraphUrls};

/// The largest request, in bytes: representations of the entities of one event.
const LARGEST: usize = 16 * 1024 * 1024;
/// Bytes of the two buffers that each WebSocket keeps: towards the subgraph, and back.
const BUFFERS: (usize, usize) = (1024, 4096);

/// The door, open.
pub(crate) struct Gateway {
    address: SocketAddr,
}

struct Hall {
    fleets: Fleets,
    /// For one join.
    limit: std::time::Duration,
}

impl Gateway {
    /// Opens it until `stop`. Each request may take `limit_ms`.
    pub(crate) async fn open(
        fleets: Fleets,
        limit_ms: u64,
        stop: CancellationToken,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let hall = Arc::new(Hall {
            fleets,
            limit: ms(limit_ms),
        });
        tokio::spawn(async move { stop.run_until_cancelled(accept(listener, hall)).await });
        Ok(Self { address })
    }

    /// Under which URLs it has the subgraphs.
    pub(crate) fn urls(&self, fleets: &Fleets) -> SubgraphUrls {
        fleets
            .keys()
            .map(|name| {
                let url = format!("http://{}/{name}/graphql", self.address);
                (name.clone(), url)
            })
            .collect()
    }
}

async fn accept(listener: TcpListener, hall: Arc<Hall>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(error = %error, "a connection on loopback was not accepted");
                // Out of open files, most likely: what helps is that others close.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let hall = Arc::clone(&hall);
        let serve = service_fn(move |request| {
            let hall = Arc::clone(&hall);
            async move { Ok::<_, Infallible>(hall.answer(request).await) }
        });
        let connection = server::conn::http1::Builder::new()
            .max_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(stream), serve)
            .with_upgrades();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection on loopback broke");
            }
        });
    }
}

impl Hall {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let fleet = request
            .uri()
            .path()
            .strip_prefix('/')
            .and_then(|path| path.strip_suffix("/graphql"))
            .and_then(|name| self.fleets.get(name))
            .map(Arc::clone);
        match fleet {
            None => plain(StatusCode::NOT_FOUND),
            Some(fleet) if request.headers().contains_key(UPGRADE) => tunnel(&fleet, request).await,
            Some(fleet) => self.join(&fleet, request).await,
        }
    }

    async fn join(&self, fleet: &Fleet, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, LARGEST).collect().await else {
            return plain(StatusCode::PAYLOAD_TOO_LARGE);
        };
        let body = body.to_bytes();
        let call = Call {
            method: head.method,
            path: PathAndQuery::from_static("/graphql"),
            headers: head.headers,
            // Events are joined with entities, which reads.
            safe: !body.starts_with(b"{\"query\":\"mutation"),
            body,
            deadline: Instant::now() + self.limit,
        };
        let began = Instant::now();
        let answer = fleet.send(call).await;
        fleet
            .metrics
            .subgraph(&fleet.name, answer.is_ok(), began.elapsed());
        match answer {
            Ok(response) => response.map(Full::new),
            Err(_) => plain(StatusCode::BAD_GATEWAY),
        }
    }
}

/// Hands a WebSocket on to the replica with the fewest of them, and to the next one if it does not take it.
async fn tunnel(fleet: &Fleet, mut request: Request<Incoming>) -> Response<Full<Bytes>> {
    let near = hyper::upgrade::on(&mut request);
    let mut tried: Vec<Arc<Replica>> = Vec::new();
    while let Some(turn) = fleet.pick(Work::Stream, &tried) {
        match open(fleet, &turn.replica, request.headers()).await {
            Ok(mut response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                let far = hyper::upgrade::on(&mut response);
                tokio::spawn(carry(near, far, turn));
                let mut answer = Response::new(Full::default());
                *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
                *answer.headers_mut() = std::mem::take(response.headers_mut());
                return answer;
            }
            Ok(response) => {
                let why = format!("it answered {} to a WebSocket", response.status());
                tracing::debug!(subgraph.name = fleet.name, why, "a replica took no stream");
            }
            Err(why) => turn.replica.leave_out(&fleet.name, &why),
        }
        tried.push(Arc::clone(&turn.replica));
    }
    plain(StatusCode::SERVICE_UNAVAILABLE)
}

async fn open(
    fleet: &Fleet,
    replica: &Replica,
    headers: &HeaderMap,
) -> Result<Response<Incoming>, String> {
    let uri = format!("http://{}/graphql", replica.address);
    let connecting = async {
        let uri = uri
            .parse()
            .map_err(|_| "it has no proper address".to_owned())?;
        let io = fleet
            .connector
            .clone()
            .oneshot(uri)
            .await
            .map_err(|error| error.to_string())?;
        let (mut sender, connection) = conn::http1::handshake(io)
            .await
            .map_err(|error| error.to_string())?;
        tokio::spawn(connection.with_upgrades());
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.uri_mut() = "/graphql".parse().unwrap_or_default();
        *request.headers_mut() = headers.clone();
        address_to(request.headers_mut(), replica);
        for name in [CONNECTION, UPGRADE] {
            if let Some(value) = headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        sender
            .send_request(request)
            .await
            .map_err(|error| error.to_string())
    };
    // Twice what a connection may take: the other half is for the answer.
    let limit = ms(fleet.settings.connect_ms.saturating_mul(2));
    timeout(limit, connecting)
        .await
        .unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
}

/// Carries bytes both ways until either side is gone; then the other one is let go too.
async fn carry(near: hyper::upgrade::OnUpgrade, far: hyper::upgrade::OnUpgrade, turn: Turn) {
    let _turn = turn;
    if let Ok((near, far)) = try_join(near, far).await {
        let (mut near, mut far) = (TokioIo::new(near), TokioIo::new(far));
        // How it ends is for the two ends to judge.
        let _ = copy_bidirectional_with_sizes(&mut near, &mut far, BUFFERS.0, BUFFERS.1).await;
    }
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
