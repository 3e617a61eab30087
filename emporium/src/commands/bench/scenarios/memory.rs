//! Memory of a shop that nobody visits.

use std::time::Duration;

use crate::commands::bench::{load::Measurement, process::Process, record::Printer};

/// Long enough for what a start leaves behind to be given back.
const IDLE: Duration = Duration::from_secs(5);

/// Resident memory of `shop` after a while without visitors.
pub(in crate::commands::bench) async fn memory(shop: &Process, products: u32, printer: &Printer) {
    tokio::time::sleep(IDLE).await;
    let measured = Measurement {
        rss_mb: shop.rss_mb(),
        ..Measurement::default()
    };
    printer.print("memory", 0, Some(products), measured);
}
