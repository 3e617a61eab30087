//! The search index anew, while the shop runs.

use std::time::Instant;

use crate::commands::bench::{load::Measurement, record::Printer, run::Home};

/// How long `emporium reindex` takes, its own start included.
pub(in crate::commands::bench) async fn reindex(
    home: &Home<'_>,
    products: u32,
    printer: &Printer,
) -> Result<(), String> {
    let began = Instant::now();
    home.run(&["reindex"]).await?;
    let took = began.elapsed();
    let measured = Measurement {
        latencies: vec![took],
        span: took,
        ..Measurement::default()
    };
    printer.print("reindex", 1, Some(products), measured);
    Ok(())
}
