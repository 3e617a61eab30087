//! From placeOrder to AWAITING_PAYMENT at the subscriber, at a fixed rate: a slow shop gets no rest by being slow.
//! Time counts from the moment an order was due, not from when it could be sent.

use std::time::Duration;

use tokio::{sync::mpsc, task::JoinSet, time::Instant};

use crate::commands::bench::{load::Measurement, run::Subject, shopper::Shopper, stream::Stream};

/// Shoppers who take turns.
pub(in crate::commands::bench) const LATENCY_SHOPPERS: u32 = 64;
/// 50 orders a second.
const EVERY: Duration = Duration::from_millis(20);
/// Orders before those that count.
const WARM_UP: u32 = 50;

/// Somebody with a cart that is ready to be ordered, and a WebSocket.
struct Ready {
    shopper: Shopper,
    stream: Stream,
    cart: String,
}

/// At 50 orders a second.
pub(in crate::commands::bench) async fn latency(
    subject: &Subject<'_>,
) -> Result<Measurement, String> {
    let (come_back, mut waiting) = mpsc::unbounded_channel();
    for shopper in Shopper::crowd(&subject.target, &subject.catalogue, LATENCY_SHOPPERS).await? {
        let stream = Stream::open(&subject.target, &shopper.token).await?;
        let mut ready = Ready {
            shopper,
            stream,
            cart: String::new(),
        };
        ready.fill().await?;
        come_back
            .send(ready)
            .map_err(|_| "nobody waits for shoppers")?;
    }
    let orders = WARM_UP
        + u32::try_from(subject.span.as_millis() / EVERY.as_millis()).unwrap_or(u32::MAX - WARM_UP);
    let mut measured = Measurement {
        span: subject.span,
        ..Measurement::default()
    };
    let mut under_way = JoinSet::new();
    let begin = Instant::now();
    let mut before = None;
    for number in 0..orders {
        if number == WARM_UP {
            before = subject.process.cpu();
        }
        let due = begin + EVERY * number;
        tokio::time::sleep_until(due).await;
        let mut ready = waiting.recv().await.ok_or("no shopper is left")?;
        let come_back = come_back.clone();
        under_way.spawn(async move {
            let outcome = ready.order().await.map(|()| due.elapsed());
            let refilled = ready.go_on().await;
            // The receiver is gone when the measurement is over.
            let _ = come_back.send(ready);
            (number >= WARM_UP, refilled.and(outcome))
        });
    }
    measured.cpu = before
        .zip(subject.process.cpu())
        .map(|(before, after)| after.saturating_sub(before));
    measured.rss_mb = subject.process.rss_mb();
    while let Some(done) = under_way.join_next().await {
        match done {
            Ok((true, outcome)) => measured.note(outcome),
            Ok((false, outcome)) => {
                outcome?;
            }
            Err(error) => measured.note(Err(format!("a shopper ended early: {error}"))),
        }
    }
    Ok(measured)
}

impl Ready {
    /// Puts something into the cart again.
    async fn fill(&mut self) -> Result<(), String> {
        self.cart = self.shopper.add().await?;
        self.shopper.address(&self.cart).await
    }

    async fn go_on(&mut self) -> Result<(), String> {
        self.stream.leave().await?;
        self.fill().await
    }

    async fn order(&mut self) -> Result<(), String> {
        let order = self.shopper.place(&self.cart).await?;
        self.stream.watch(&order).await?;
        self.stream.wait_for("AWAITING_PAYMENT").await.map(drop)
    }
}
