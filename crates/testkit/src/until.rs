//! Waiting on a condition, in place of sleeping.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(5);
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(100);

/// Asks `condition` again and again until it gives a value; fails the test after five, saying `what` was awaited.
pub async fn until<T, F, Fut>(what: &str, mut condition: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        pause(began).await;
    }
}

/// Between two looks at a condition that is waited for since then: short at first, and longer the longer it takes. Looking
/// costs time of the processors that what is waited for may need.
pub async fn pause(since: Instant) {
    let longer = since.elapsed() / 8;
    tokio::time::sleep(longer.clamp(SHORTEST, LONGEST)).await;
}
