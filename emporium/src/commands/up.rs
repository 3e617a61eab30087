//! `emporium up`: the whole shop, until it is told to end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use telemetry::TelemetryConfig;
use tokio::time::timeout;

use super::{Place, seed};
use crate::{DataFolder, Shop, banner, control::Report, roles::Signals};

/// How long the first start waits for the search index, which may be elsewhere.
const INDEXED_WITHIN: Duration = Duration::from_secs(10);

/// Runs the shop until SIGTERM or SIGINT, then drains; a second signal ends at once.
pub(crate) async fn up(place: Place) -> Result<(), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let config: TelemetryConfig = place
        .settings
        .section("telemetry", telemetry::DEFAULTS)
        .map_err(|e| text(&e))?;
    let telemetry = telemetry::init(&config).map_err(|error| text(&error))?;
    let began = Instant::now();
    let folder = DataFolder::take(&place.data).map_err(|error| text(&error))?;
    let shop = Arc::new(
        Shop::open(place.settings, folder)
            .await
            .map_err(|error| text(&error))?,
    );
    let demo = shop.own_settings().map_err(|error| text(&error))?.demo;
    if demo && shop.is_empty().await.map_err(|error| text(&error))? {
        banner::first_start(shop.folder().path());
        let report = |report| {
            if let Report::Line(line) = report {
                tracing::info!("{line}");
            }
        };
        seed::seed(&shop.parts, 0, &report).await?;
        shop.drain().await.map_err(|error| text(&error))?;
        // Whoever searches as soon as the shop is open finds what there is.
        let indexed = timeout(INDEXED_WITHIN, shop.parts.products.subgraph().catch_up()).await;
        if !matches!(indexed, Ok(Ok(()))) {
            tracing::warn!("searches find the demo catalogue later: it is not indexed yet");
        }
    }
    let front = shop.serve().await.map_err(|error| text(&error))?;
    banner::ready(&front, shop.emulator(), began.elapsed());
    let mut signals = Signals::listen()?;
    signals.wait().await;
    tracing::info!("ending: finishing what is under way; a second signal ends at once");
    let drain = async {
        shop.end_streams();
        front.stop().await;
        shop.close().await;
    };
    tokio::select! {
        () = drain => {
            telemetry.shutdown();
            Ok(())
        }
        () = signals.wait() => Err("ended at once by a second signal".to_owned()),
    }
}
