//! How soon a subscriber hears of a commit: orders wait for their money, each is cancelled, and time counts from the moment
//! at which the shop did that, just before its commit, to CANCELLED at the subscriber. Shop and subscriber share a clock.

use std::time::Duration;

use crate::commands::bench::{
    load::{Client, Measurement, closed_loop},
    run::Subject,
    shopper::Shopper,
    stream::Stream,
};

struct Watcher {
    shopper: Shopper,
    stream: Stream,
    order: String,
    took: Option<Duration>,
}

/// With so many shoppers.
pub(in crate::commands::bench) async fn wake(
    subject: &Subject<'_>,
    clients: u32,
) -> Result<Measurement, String> {
    let mut crowd = Vec::new();
    for shopper in Shopper::crowd(&subject.target, &subject.catalogue, clients).await? {
        let stream = Stream::open(&subject.target, &shopper.token).await?;
        crowd.push(Watcher {
            shopper,
            stream,
            order: String::new(),
            took: None,
        });
    }
    Ok(closed_loop(crowd, subject.span, &subject.process).await)
}

impl Client for Watcher {
    async fn prepare(&mut self) -> Result<(), String> {
        if !self.order.is_empty() {
            self.stream.leave().await?;
        }
        let cart = self.shopper.add().await?;
        self.shopper.address(&cart).await?;
        self.order = self.shopper.place(&cart).await?;
        self.stream.watch(&self.order).await?;
        self.stream.wait_for("AWAITING_PAYMENT").await.map(drop)
    }

    async fn act(&mut self) -> Result<(), String> {
        self.shopper.cancel(&self.order).await?;
        let since = self.stream.wait_for("CANCELLED").await?;
        self.took = Some(self.shopper.clock.now().since(since));
        Ok(())
    }

    fn took(&self) -> Option<Duration> {
        self.took
    }
}
