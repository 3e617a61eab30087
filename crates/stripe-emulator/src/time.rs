use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch. The one place that reads the clock: like the real service, the
/// stand-in has a clock of its own, which no client sets.
#[expect(
    clippy::disallowed_methods,
    reason = "the emulator depends on none of the workspace's crates"
)]
pub(crate) fn now_ms() -> i64 {
    as_millis(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

/// A duration as whole milliseconds, saturating.
pub(crate) fn as_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Sleeps until a moment given in milliseconds since the epoch; for ever when there is none.
pub(crate) async fn sleep_until_ms(moment: Option<i64>) {
    match moment {
        None => std::future::pending().await,
        Some(moment) => {
            let left = u64::try_from(moment.saturating_sub(now_ms())).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(left)).await;
        }
    }
}
