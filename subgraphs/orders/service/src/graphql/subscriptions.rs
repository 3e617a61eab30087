//! Live orders. A subscriber registers first and then reads the table of what happened; a wake-up only says that there may
//! be more to read. So loss, repetition and replicas cannot make a gap, and a slow client holds nothing but its place.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Context, ID, Subscription as GraphqlSubscription};
use fault::{Code, Fault};
use futures::{Stream, stream};
use identity::{User, Viewer};
use orders_domain::Order;
use serving::graphql::global_id;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{directives, types::OrderEvent};
use crate::{
    commands::{look_out, move_order::may_see, shop::Shop, wakes::Watch},
    store::{self, order_events::Happening},
};

/// How many events are read at once.
const BATCH: u64 = 100;

/// What can be watched.
pub struct Subscription;

#[GraphqlSubscription]
impl Subscription {
    /// An order live: where it stands first (`snapshot`), then every change, in order, without a gap or a repeat. With
    /// `afterVersion` there is no snapshot: all changes after that version come, those of the past first. The stream ends by
    /// itself once it has told of an end (REJECTED, EXPIRED, CANCELLED, DELIVERED); refunds that follow later are read from
    /// the order. It also ends, with an error, when the token expires (TOKEN_EXPIRED), when the session is ended
    /// (TOKEN_REVOKED) and when the server goes (GOING_AWAY): come back with the last version that was seen.
    #[graphql(directive = directives::authenticated::apply())]
    async fn order_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order: the viewer's own, or any for staff (`orders:manage`).")]
        order_id: ID,
        #[graphql(desc = "The last version that was seen, to go on after it.")]
        after_version: Option<i32>,
    ) -> Result<impl Stream<Item = Result<OrderEvent, Fault>>, Fault> {
        let viewer = ctx.data_unchecked::<Viewer>();
        let user = viewer.user()?.clone();
        let order_id = global_id::decode("Order", &order_id)?;
        let (shop, streams) = (
            ctx.data_unchecked::<Shop>().clone(),
            ctx.data_unchecked::<Streams>(),
        );
        let slot = streams.open(user.id, shop.settings.streams_per_user)?;
        let (news, session_end) = (
            shop.wakes.orders.watch(order_id),
            shop.wakes.sessions.watch(user.session_id),
        );
        let order = one(&shop, order_id)
            .await?
            .filter(|order| may_see(viewer, order));
        let order = order.ok_or_else(|| Fault::not_found("order"))?;
        let after = match after_version.map(i64::from) {
            Some(version) if !(0..=order.version).contains(&version) => {
                return Err(Fault::invalid(
                    "`afterVersion` is no version that this order has had",
                ));
            }
            after => after,
        };
        let feed = Feed {
            shop,
            user,
            order_id,
            after,
            status_is_end: after == Some(order.version) && order.status().is_end(),
            opened: Some(order),
            queue: VecDeque::new(),
            unread: true,
            news,
            session_end,
            ask_session: true,
            shutdown: streams.shutdown.clone(),
            over: false,
            _slot: slot,
        };
        Ok(stream::unfold(feed, |mut feed| async move {
            feed.next().await.map(|item| (item, feed))
        }))
    }
}

async fn one(shop: &Shop, id: Uuid) -> Result<Option<Order>, Fault> {
    Ok(store::orders::load_many(&shop.database, &[id]).await?.pop())
}

/// One open stream.
struct Feed {
    shop: Shop,
    user: User,
    order_id: Uuid,
    /// The last version that was sent; none before the snapshot.
    after: Option<i64>,
    /// Whether what was sent last is an end.
    status_is_end: bool,
    /// The order as it was when the stream began, until something is told of it.
    opened: Option<Order>,
    queue: VecDeque<(Happening, bool)>,
    /// Whether the table may hold more than was read. What comes after a look into it wakes the stream.
    unread: bool,
    news: Watch,
    session_end: Watch,
    /// Whether the table of ended sessions should be asked.
    ask_session: bool,
    shutdown: CancellationToken,
    over: bool,
    _slot: Slot,
}

impl Feed {
    async fn next(&mut self) -> Option<Result<OrderEvent, Fault>> {
        if self.over {
            return None;
        }
        let item = self.find().await.transpose();
        self.over = !matches!(item, Some(Ok(_)));
        item
    }

    /// The next event; nothing once an end has been told of.
    async fn find(&mut self) -> Result<Option<OrderEvent>, Fault> {
        loop {
            self.may_go_on().await?;
            if let Some((happening, snapshot)) = self.queue.pop_front() {
                self.after = Some(happening.version);
                self.news.saw(happening.version);
                self.status_is_end = happening.status.is_end();
                let opened = self.opened.take();
                let order = opened.filter(|order| order.version == happening.version);
                return Ok(Some(OrderEvent {
                    happening,
                    order,
                    snapshot,
                }));
            }
            if self.unread {
                self.read().await?;
                continue;
            }
            if self.status_is_end {
                return Ok(None);
            }
            self.wait().await;
            self.unread = true;
        }
    }

    /// Looks into the table.
    async fn read(&mut self) -> Result<(), Fault> {
        let database = &self.shop.database;
        let found = match self.after {
            None => {
                let latest = store::order_events::latest(database, self.order_id).await?;
                latest
                    .map(|happening| (happening, true))
                    .into_iter()
                    .collect()
            }
            Some(after) => store::order_events::after(database, self.order_id, after, BATCH)
                .await?
                .into_iter()
                .map(|happening| (happening, false))
                .collect::<Vec<_>>(),
        };
        self.unread = u64::try_from(found.len()).is_ok_and(|found| found >= BATCH);
        self.queue.extend(found);
        Ok(())
    }

    async fn may_go_on(&mut self) -> Result<(), Fault> {
        if self.shutdown.is_cancelled() {
            return Err(Fault::new(
                Code::GoingAway,
                "this server is going; come back with the last version you saw",
            ));
        }
        if self.shop.clock.now() >= self.user.expires_at {
            return Err(Fault::new(
                Code::TokenExpired,
                "the token has expired; come back with a fresh one",
            ));
        }
        let session = self.user.session_id;
        if std::mem::take(&mut self.ask_session)
            && (self.shop.verifier.is_revoked(session)
                || !store::sessions::ended_of(&self.shop.database, &[session])
                    .await?
                    .is_empty())
        {
            return Err(Fault::new(
                Code::TokenRevoked,
                "the session was ended; log in again",
            ));
        }
        Ok(())
    }

    /// Waits until there may be news, or a reason to stop. Now and then it is this stream's turn to look out for all.
    async fn wait(&mut self) {
        loop {
            let left = self.user.expires_at.since(self.shop.clock.now());
            let pause = self.shop.settings.stream_poll;
            tokio::select! {
                () = self.news.news() => return,
                () = self.session_end.news() => {
                    self.ask_session = true;
                    return;
                }
                () = self.shutdown.cancelled() => return,
                () = tokio::time::sleep(left) => return,
                () = tokio::time::sleep(pause) => {
                    if let Err(error) = look_out::run(&self.shop).await {
                        tracing::warn!(error = %error, "streams cannot look for news");
                    }
                }
            }
        }
    }
}

/// The open streams of each user, and what ends them all. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Streams {
    open: Arc<Mutex<HashMap<Uuid, usize>>>,
    shutdown: CancellationToken,
}

/// The place of one open stream; free again when dropped.
struct Slot {
    open: Arc<Mutex<HashMap<Uuid, usize>>>,
    user: Uuid,
}

impl Streams {
    pub(crate) fn new(shutdown: CancellationToken) -> Self {
        Self {
            open: Arc::default(),
            shutdown,
        }
    }

    fn open(&self, user: Uuid, most: usize) -> Result<Slot, Fault> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user).or_default();
        if *count >= most {
            let message = format!(
                "you have {most} streams open, which is as many as there may be; close one first"
            );
            return Err(Fault::new(Code::RateLimited, message));
        }
        *count += 1;
        Ok(Slot {
            open: Arc::clone(&self.open),
            user,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}
