//! Waiting on a condition, in place of sleeping.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(5);

/// Asks `condition` again and again until it gives a value; fails the test after a minute, saying `what` was awaited.
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
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
