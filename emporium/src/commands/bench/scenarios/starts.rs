//! From the start of the process to its first answered query.

use std::{path::Path, time::Duration};

use crate::commands::bench::{load::Measurement, record::Printer, shop_process::ShopProcess};

const COLD_STARTS: u32 = 5;
const FIRST_STARTS: u32 = 3;

/// On data that is there.
pub(in crate::commands::bench) async fn cold_start(
    data: &Path,
    products: u32,
    printer: &Printer,
) -> Result<(), String> {
    let mut measured = Measurement::default();
    for _ in 0..COLD_STARTS {
        start(data, &mut measured).await?;
    }
    printer.print("cold-start", 1, Some(products), measured);
    Ok(())
}

/// On an empty folder: with migration and demo catalogue.
pub(in crate::commands::bench) async fn first_start(
    folder: &Path,
    printer: &Printer,
) -> Result<(), String> {
    let mut measured = Measurement::default();
    for number in 0..FIRST_STARTS {
        start(&folder.join(format!("first-{number}")), &mut measured).await?;
    }
    printer.print("first-start", 1, Some(0), measured);
    Ok(())
}

async fn start(data: &Path, measured: &mut Measurement) -> Result<(), String> {
    let shop = ShopProcess::start(data).await?;
    measured.span += shop.took;
    measured.note(Ok(shop.took));
    measured.rss_mb = shop.process().rss_mb();
    let used = shop.process().cpu();
    measured.cpu = used.map(|used| used + measured.cpu.unwrap_or(Duration::ZERO));
    shop.stop().await
}
