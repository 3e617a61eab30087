//! GraphQL over HTTP: single answers as JSON, subscriptions as event streams.

use std::{convert::Infallible, sync::Arc};

use futures::stream;
use hive_router::{
    http::{
        Method,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    ntex::{
        http::header::HeaderValue,
        time::{Millis, sleep},
        util::Bytes,
        web::{
            HttpRequest, HttpResponse,
            types::{Payload, State},
        },
    },
};
use telemetry::trace::follow;
use tokio::sync::mpsc;

use crate::{
    address::Household,
    door::{Answer, Door, Sender, Streamed, operation_span, text},
    faults::Refusal,
    guests::Guest,
    routes::harden,
    stream::{Event, relay},
};

/// `/graphql` for everything but WebSockets.
pub(crate) async fn graphql(
    mut request: HttpRequest,
    payload: Payload,
    door: State<Arc<Door>>,
) -> HttpResponse {
    let door: Arc<Door> = Arc::clone(&door);
    if wants_page(&request) {
        return HttpResponse::SeeOther().header(LOCATION, "/").finish();
    }
    let outcome = if *request.method() == Method::OPTIONS {
        // hive-router's pipeline is one large future, which whoever asks something would carry about.
        Box::pin(door.engine.preflight(&mut request, payload))
            .await
            .map_err(Refusal::from)
    } else {
        let sender = Sender::of(&request, &door.config);
        let run = answer(&door, &mut request, payload, &sender);
        follow(sender.trace, operation_span(), run).await
    };
    let mut response = outcome.unwrap_or_else(|refusal| refused(&refusal));
    door.engine.allow_origin(&request, &mut response);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    harden(&door, &mut response);
    let method = if *request.method() == Method::GET {
        "GET"
    } else {
        "POST"
    };
    door.metrics
        .request("graphql", method, response.status().as_u16());
    response
}

/// Somebody opened the address of the graph in a browser: the playground is next door.
fn wants_page(request: &HttpRequest) -> bool {
    *request.method() == Method::GET
        && request.query_string().is_empty()
        && text(request.headers(), ACCEPT.as_str())
            .is_some_and(|accept| accept.contains("text/html"))
}

async fn answer(
    door: &Arc<Door>,
    request: &mut HttpRequest,
    payload: Payload,
    sender: &Sender,
) -> Result<HttpResponse, Refusal> {
    match door.operate(request, payload, sender).await? {
        Answer::Whole(response) => Ok(response),
        Answer::Stream(streamed) => {
            let guest = door.guests.admit(Household::of(sender.address), "sse")?;
            Ok(event_stream(door, streamed, guest))
        }
    }
}

/// An operation that was not run.
pub(crate) fn refused(refusal: &Refusal) -> HttpResponse {
    let mut response = HttpResponse::build(refusal.status());
    response.content_type("application/json");
    if let Some(wait) = refusal.retry_after_ms() {
        response.header(RETRY_AFTER, wait.div_ceil(1000));
    }
    if refusal.status().as_u16() == 401 {
        response.header(WWW_AUTHENTICATE, "Bearer");
    }
    response.body(refusal.body())
}

struct Reader {
    queue: mpsc::Receiver<Event>,
    heartbeat: Millis,
    over: bool,
    _guest: Guest,
}

/// The "distinct connections mode" of GraphQL over SSE.
fn event_stream(door: &Arc<Door>, streamed: Streamed, guest: Guest) -> HttpResponse {
    let beat = u32::try_from(door.config.subscriptions.heartbeat_ms).unwrap_or(u32::MAX);
    let reader = Reader {
        queue: relay(Arc::clone(door), streamed, "sse"),
        heartbeat: Millis(beat),
        over: false,
        _guest: guest,
    };
    let chunks = stream::unfold(reader, |mut reader| async move {
        if reader.over {
            return None;
        }
        let chunk = tokio::select! {
            event = reader.queue.recv() => {
                let (chunk, over) = written(event.unwrap_or(Event::Complete));
                reader.over = over;
                chunk
            }
            () = sleep(reader.heartbeat) => Bytes::from_static(b":\n\n"),
        };
        Some((Ok::<_, Infallible>(chunk), reader))
    });
    HttpResponse::Ok()
        .header(CONTENT_TYPE, "text/event-stream")
        .header("x-accel-buffering", "no")
        .streaming(Box::pin(chunks))
}

fn written(event: Event) -> (Bytes, bool) {
    match event {
        Event::Next(json) => (
            Bytes::from([b"event: next\ndata: ", &json[..], b"\n\n"].concat()),
            false,
        ),
        Event::Complete => (Bytes::from_static(b"event: complete\ndata:\n\n"), true),
        Event::End(end) => {
            let body = end.body();
            let text = [
                b"event: next\ndata: ",
                &body[..],
                b"\n\nevent: complete\ndata:\n\n",
            ]
            .concat();
            (Bytes::from(text), true)
        }
    }
}
