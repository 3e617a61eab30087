//! One client's connection.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io,
    rc::Rc,
    sync::Arc,
    time::Instant,
};

use fault::Fault;
use hive_router::ntex::{
    rt,
    service::fn_factory_with_config,
    service::fn_service,
    time::{Millis, sleep},
    util::Bytes,
    web::{
        self, HttpRequest, HttpResponse,
        types::State,
        ws::{self, Frame, Message, WsSink},
    },
    ws::Item,
};
use telemetry::{TraceContext, trace::follow};
use tokio::sync::{Notify, oneshot};
use tracing::Span;

use crate::{
    address::Household,
    config::ms,
    door::{Door, Sender},
    faults::Refusal,
    graphql::refused,
    guests::Guest,
    lease::Lease,
};

use super::{
    message::{self, ClientMessage, Close, PROTOCOL},
    operation,
};

/// What one connection is at.
pub(crate) struct Session {
    pub(crate) door: Arc<Door>,
    pub(crate) sink: WsSink,
    /// Who sends; the token comes with connection_init at the latest.
    sender: RefCell<Sender>,
    /// How long the token is good.
    lease: Cell<Lease>,
    stage: Cell<Stage>,
    operations: RefCell<HashMap<String, oneshot::Sender<()>>>,
    fragments: RefCell<Vec<u8>>,
    heard: Cell<Instant>,
    acknowledged: Notify,
    _guest: Guest,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opened,
    Acknowledged,
    Closed,
}

/// Opens a connection.
pub(crate) async fn websocket(
    request: HttpRequest,
    door: State<Arc<Door>>,
) -> Result<HttpResponse, web::Error> {
    let door: Arc<Door> = Arc::clone(&door);
    let sender = Sender::of(&request, &door.config);
    let household = Household::of(sender.address);
    let admitted: Result<Guest, Fault> = door
        .budgets
        .spend_address(household, Instant::now())
        .await
        .and_then(|()| door.guests.admit(household, "websocket"));
    let guest = match admitted {
        Ok(guest) => guest,
        Err(fault) => {
            let say = async { refused(&Refusal::from(fault)) };
            return Ok(follow(sender.trace, Span::none(), say).await);
        }
    };
    door.metrics.request("graphql", "websocket", 101);
    let spoken = ws::subprotocols(&request).any(|offered| offered == PROTOCOL);
    let parts = RefCell::new(Some((door, sender, guest)));
    ws::start(
        request,
        spoken.then_some(PROTOCOL),
        fn_factory_with_config(move |sink: WsSink| {
            let parts = parts.borrow_mut().take();
            async move {
                let (door, sender, guest) =
                    parts.ok_or_else(|| io::Error::other("a connection is opened once"))?;
                let session = Session::open(door, sink, sender, guest);
                if spoken {
                    drop(rt::spawn(Rc::clone(&session).attend()));
                } else {
                    session.close(Close::Subprotocol);
                }
                Ok::<_, web::Error>(fn_service(move |frame: Frame| {
                    let answer = session.hear(frame);
                    async move { Ok::<_, io::Error>(answer) }
                }))
            }
        }),
    )
    .await
}

impl Session {
    fn open(door: Arc<Door>, sink: WsSink, sender: Sender, guest: Guest) -> Rc<Self> {
        Rc::new(Self {
            door,
            sink,
            sender: RefCell::new(sender),
            lease: Cell::default(),
            stage: Cell::new(Stage::Opened),
            operations: RefCell::default(),
            fragments: RefCell::default(),
            heard: Cell::new(Instant::now()),
            acknowledged: Notify::new(),
            _guest: guest,
        })
    }

    pub(crate) fn sender(&self) -> Sender {
        self.sender.borrow().clone()
    }

    /// Says something, unless the connection is closed.
    pub(crate) fn say(&self, message: Message) {
        if self.stage.get() != Stage::Closed {
            drop(self.sink.send(message));
        }
    }

    /// Closes the connection and everything that runs on it.
    pub(crate) fn close(&self, why: Close) {
        self.say(why.message());
        self.stage.set(Stage::Closed);
        self.operations.borrow_mut().clear();
        self.sink.io().close();
    }

    /// An operation is over.
    pub(crate) fn finished(&self, id: &str) {
        self.operations.borrow_mut().remove(id);
    }

    /// Watches over the connection until it is gone: handshake, signs of life, token, shutdown.
    async fn attend(self: Rc<Self>) {
        let gone = self.sink.on_disconnect();
        tokio::pin!(gone);
        tokio::select! {
            () = &mut gone => return self.leave(),
            () = self.acknowledged.notified() => {}
            () = sleep(ms(self.door.config.timeouts.handshake_ms)) => {
                return self.close(Close::HandshakeTimeout);
            }
        }
        let beat = ms(self.door.config.subscriptions.heartbeat_ms);
        let over = self.lease.get().over(&self.door);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut gone => return self.leave(),
                why = &mut over => {
                    self.settle().await;
                    return self.close(Close::Forbidden(why.code().as_str()));
                }
                () = self.door.shutdown.cancelled() => {
                    self.settle().await;
                    return self.close(Close::GoingAway);
                }
                () = sleep(beat) => {
                    if self.heard.get().elapsed() > beat * 3 {
                        self.leave();
                        return self.sink.io().terminate();
                    }
                    self.say(Message::Ping(Bytes::new()));
                }
            }
        }
    }

    /// Lets the streams say their last word: each ends by itself for the same reason.
    async fn settle(&self) {
        for _ in 0..100 {
            if self.operations.borrow().is_empty() {
                return;
            }
            sleep(Millis(10)).await;
        }
    }

    fn leave(&self) {
        self.stage.set(Stage::Closed);
        self.operations.borrow_mut().clear();
    }

    fn hear(self: &Rc<Self>, frame: Frame) -> Option<Message> {
        if self.stage.get() == Stage::Closed {
            return None;
        }
        self.heard.set(Instant::now());
        match frame {
            Frame::Text(text) => self.read(&text),
            Frame::Binary(_) => self.close(Close::NotText),
            Frame::Continuation(part) => self.collect(part),
            Frame::Ping(data) => return Some(Message::Pong(data)),
            Frame::Pong(_) => {}
            Frame::Close(reason) => {
                self.leave();
                return Some(Message::Close(reason));
            }
        }
        None
    }

    /// A message in several frames.
    fn collect(self: &Rc<Self>, part: Item) {
        let (bytes, first, last) = match part {
            Item::FirstText(bytes) => (bytes, true, false),
            Item::Continue(bytes) => (bytes, false, false),
            Item::Last(bytes) => (bytes, false, true),
            Item::FirstBinary(_) => return self.close(Close::NotText),
        };
        let mut fragments = self.fragments.borrow_mut();
        if first {
            fragments.clear();
        }
        fragments.extend_from_slice(&bytes);
        if fragments.len() > self.door.config.subscriptions.max_message_bytes {
            drop(fragments);
            self.close(Close::TooLarge);
        } else if last {
            let whole = std::mem::take(&mut *fragments);
            drop(fragments);
            self.read(&whole);
        }
    }

    fn read(self: &Rc<Self>, text: &[u8]) {
        if text.len() > self.door.config.subscriptions.max_message_bytes {
            return self.close(Close::TooLarge);
        }
        let Ok(text) = std::str::from_utf8(text) else {
            return self.close(Close::NotText);
        };
        match ClientMessage::read(text) {
            Some(ClientMessage::ConnectionInit(payload)) => self.initialise(&payload),
            Some(ClientMessage::Subscribe(id, request)) => self.subscribe(id, request),
            Some(ClientMessage::Complete(id)) => self.finished(&id),
            Some(ClientMessage::Ping) => self.say(message::pong()),
            Some(ClientMessage::Pong) => {}
            None => self.close(Close::BadMessage),
        }
    }

    fn initialise(&self, payload: &Payload) {
        if self.stage.get() == Stage::Acknowledged {
            return self.close(Close::InitialisedTwice);
        }
        if let Some(given) = header(payload, "authorization") {
            self.sender.borrow_mut().authorization = Some(given.to_owned());
        }
        if let Some(trace) = header(payload, "traceparent") {
            self.sender.borrow_mut().trace = TraceContext::parse(trace);
        }
        let sender = self.sender();
        match self.door.identify(&sender) {
            Ok(viewer) => {
                self.lease.set(Lease::of(&viewer));
                self.stage.set(Stage::Acknowledged);
                self.acknowledged.notify_one();
                self.say(message::acknowledge());
            }
            Err(fault) => {
                self.door.metrics.error(fault.code().as_str());
                self.close(Close::Forbidden(fault.code().as_str()));
            }
        }
    }

    fn subscribe(self: &Rc<Self>, id: String, request: &str) {
        if self.stage.get() != Stage::Acknowledged {
            return self.close(Close::NotAcknowledged);
        }
        let mut operations = self.operations.borrow_mut();
        if operations.contains_key(&id) {
            drop(operations);
            return self.close(Close::Taken(id));
        }
        if operations.len() >= self.door.config.subscriptions.max_operations {
            let fault = Fault::new(
                fault::Code::RateLimited,
                "too many operations are open on this connection; complete one first",
            );
            drop(rt::spawn(operation::refuse(Rc::clone(self), id, fault)));
            return;
        }
        let (cancel, cancelled) = oneshot::channel();
        operations.insert(id.clone(), cancel);
        drop(operations);
        let request = Bytes::copy_from_slice(request.as_bytes());
        drop(rt::spawn(operation::run(
            Rc::clone(self),
            id,
            request,
            cancelled,
        )));
    }
}

type Payload = serde_json::Map<String, serde_json::Value>;

/// A header in the payload of connection_init: in `headers`, or beside it, in any case.
fn header<'p>(payload: &'p Payload, name: &str) -> Option<&'p str> {
    let look = |map: &'p Payload| {
        map.iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.as_str())
    };
    payload
        .get("headers")
        .and_then(serde_json::Value::as_object)
        .and_then(look)
        .or_else(|| look(payload))
}
