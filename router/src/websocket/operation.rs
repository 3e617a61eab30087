//! One operation on a client's connection.

use std::{rc::Rc, time::Instant};

use fault::{Code, Fault};
use futures::StreamExt as _;
use hive_router::{
    http::{
        Method,
        header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
    },
    ntex::{
        http::body::{Body, ResponseBody},
        time::{Millis, sleep},
        util::Bytes,
        web::{test::TestRequest, types::Payload},
    },
};
use telemetry::trace::follow;
use tokio::sync::oneshot;
use tracing::Span;

use crate::{
    config::ms,
    door::{Answer, operation_span},
    faults::Refusal,
    stream::{Event, relay},
};

use super::{message, session::Session};

/// Runs it until it is complete, or the client has no more interest in it.
pub(crate) async fn run(
    session: Rc<Session>,
    id: String,
    request: Bytes,
    mut cancelled: oneshot::Receiver<()>,
) {
    tokio::select! {
        biased;
        // The session drops its end when the client completes the operation or goes.
        _ = &mut cancelled => {}
        () = follow(session.sender().trace, operation_span(), deliver(&session, &id, request)) => {}
    }
    session.finished(&id);
}

/// Says that it is not run.
pub(crate) async fn refuse(session: Rc<Session>, id: String, fault: Fault) {
    let say = async { session.say(message::error(&id, &Refusal::from(fault).list())) };
    follow(session.sender().trace, Span::none(), say).await;
}

async fn deliver(session: &Session, id: &str, request: Bytes) {
    let sender = session.sender();
    // hive-router's pipeline takes HTTP requests; this is the public way to make one.
    let mut made = TestRequest::with_uri("/graphql")
        .method(Method::POST)
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/json, text/event-stream");
    if let Some(authorization) = &sender.authorization {
        made = made.header(AUTHORIZATION, authorization.as_str());
    }
    let (mut made, payload) = made.set_payload(request).to_http_parts();
    match session
        .door
        .operate(&mut made, Payload(payload), &sender)
        .await
    {
        Err(refusal) => session.say(message::error(id, &refusal.list())),
        Ok(Answer::Whole(mut response)) => {
            let body = whole(response.take_body()).await;
            // What a client asks for and does not read must not pile up here.
            if !ready(session).await {
                return;
            }
            session.say(message::next(id, &body));
            session.say(message::complete(id));
        }
        Ok(Answer::Stream(streamed)) => {
            let mut events = relay(session.door.clone(), streamed, "websocket");
            loop {
                if !ready(session).await {
                    return;
                }
                match events.recv().await.unwrap_or(Event::Complete) {
                    Event::Next(json) => session.say(message::next(id, &json)),
                    Event::Complete => return session.say(message::complete(id)),
                    Event::End(end) => return session.say(message::error(id, &end.list())),
                }
            }
        }
    }
}

/// Waits until the client takes what was written before. Says no when it takes nothing for too long.
async fn ready(session: &Session) -> bool {
    let since = Instant::now();
    let patience = ms(session.door.config.subscriptions.stalled_ms);
    while session.sink.io().is_wr_backpressure() {
        if since.elapsed() > patience {
            session.door.metrics.error(Code::SlowConsumer.as_str());
            let fault = Fault::new(Code::SlowConsumer, "nothing was read for too long");
            tracing::debug!(error = %fault, "a client was let go");
            session.sink.io().terminate();
            return false;
        }
        sleep(Millis(20)).await;
    }
    true
}

async fn whole(body: ResponseBody<Body>) -> Bytes {
    match body {
        ResponseBody::Body(Body::Bytes(bytes)) | ResponseBody::Other(Body::Bytes(bytes)) => bytes,
        mut streamed => {
            let mut all = Vec::new();
            while let Some(Ok(chunk)) = streamed.next().await {
                all.extend_from_slice(&chunk);
            }
            Bytes::from(all)
        }
    }
}
