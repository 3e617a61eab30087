//! Between a subscription and its client: a queue that never leaves an event out silently.
//!
//! hive-router drops what a slow client does not take and goes on. So each of its streams is
//! emptied at once, into a queue of our own. When that overflows, the stream ends with a code, and
//! the client, which knows the last version it saw, comes back for the rest.

use std::sync::Arc;

use fault::{Code, Fault};
use futures::StreamExt as _;
use hive_router::ntex::{
    http::body::{Body, ResponseBody},
    rt,
    util::Bytes,
};
use telemetry::trace::follow;
use tokio::sync::mpsc;
use tracing::Span;

use crate::{
    cache::holds_errors,
    door::{Door, Streamed},
    faults::{self, Refusal},
    lease::Lease,
};

const NEXT: &[u8] = b"event: next\ndata: ";
const COMPLETE: &[u8] = b"event: complete";
const BLANK: &[u8] = b"\n\n";

/// What a client is told.
pub(crate) enum Event {
    /// An execution result, as JSON.
    Next(Bytes),
    /// The end, as the subgraph meant it.
    Complete,
    /// The end for another reason.
    End(Refusal),
}

/// Empties a subscription into a queue until it ends, the client leaves, the queue overflows, the token
/// expires or the process drains.
pub(crate) fn relay(
    door: Arc<Door>,
    streamed: Streamed,
    transport: &'static str,
) -> mpsc::Receiver<Event> {
    // One place is kept for the last word.
    let (events, queue) = mpsc::channel(door.config.subscriptions.queue + 1);
    let Streamed { body, lease, trace } = streamed;
    drop(rt::spawn(follow(trace, Span::none(), async move {
        let Ok(last) = events.clone().reserve_owned().await else {
            return;
        };
        door.metrics.stream(transport, 1);
        let end = empty(&door, body, lease, &events).await;
        door.metrics.stream(transport, -1);
        let reason = match &end {
            Some(Event::End(refusal)) => refusal.code.as_str(),
            Some(_) => "complete",
            None => "left",
        };
        door.metrics.ended(reason);
        if let Some(end) = end {
            last.send(end);
        }
    })));
    queue
}

/// Gives the last word, or nothing when nobody listens any more.
async fn empty(
    door: &Door,
    mut body: ResponseBody<Body>,
    lease: Lease,
    events: &mpsc::Sender<Event>,
) -> Option<Event> {
    let over = lease.over(door);
    tokio::pin!(over);
    loop {
        tokio::select! {
            biased;
            () = door.shutdown.cancelled() => return Some(Event::End(going_away().into())),
            why = &mut over => return Some(Event::End(why.into())),
            () = events.closed() => return None,
            chunk = body.next() => {
                // An end that nobody told of is none that the subgraph meant.
                let Some(Ok(chunk)) = chunk else {
                    return Some(Event::End(broken_off().into()));
                };
                if chunk.starts_with(COMPLETE) {
                    return Some(Event::Complete);
                }
                let Some(json) = payload(&chunk) else {
                    continue;
                };
                if holds_errors(&json) && let Some(broken) = faults::settle_event(&json) {
                    door.metrics.error(broken.code.as_str());
                    return Some(Event::End(broken));
                }
                match events.try_send(Event::Next(json)) {
                    Ok(()) => {}
                    Err(mpsc::error::TrySendError::Closed(_)) => return None,
                    Err(mpsc::error::TrySendError::Full(_)) => return Some(Event::End(Fault::new(
                        Code::SlowConsumer,
                        "events came faster than you took them; subscribe again with the last version you saw",
                    ).into())),
                }
            }
        }
    }
}

/// The JSON of a `next` event; hive-router writes each event as one chunk, and signs of life between.
fn payload(chunk: &Bytes) -> Option<Bytes> {
    let rest = chunk.strip_prefix(NEXT)?;
    let json = rest.strip_suffix(BLANK)?;
    Some(chunk.slice(NEXT.len()..NEXT.len() + json.len()))
}

pub(crate) fn going_away() -> Fault {
    Fault::new(
        Code::GoingAway,
        "the server is shutting down; subscribe again with the last version you saw",
    )
}

fn broken_off() -> Fault {
    Fault::new(
        Code::Unavailable,
        "the stream broke off; subscribe again with the last version you saw",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_of_events() {
        let of = |text: &'static str| payload(&Bytes::from_static(text.as_bytes()));
        assert_eq!(
            of("event: next\ndata: {\"a\":1}\n\n").as_deref(),
            Some(b"{\"a\":1}".as_slice())
        );
        assert_eq!(of(":\n\n"), None);
        assert_eq!(of("event: complete\n\n"), None);
    }
}
