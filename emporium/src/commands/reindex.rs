//! `emporium reindex`: the search index anew, from the database.

use std::time::Instant;

use super::Reporter;
use crate::{control::Report, subgraphs::Subgraphs};

/// Rebuilds the index beside the one in use and then switches over.
pub(crate) async fn reindex(shop: &Subgraphs, report: Reporter<'_>) -> Result<(), String> {
    let progress = |done: u64, total: u64| {
        report(Report::Progress {
            what: "products".to_owned(),
            done,
            total: Some(total),
        })
    };
    let began = Instant::now();
    let count = shop
        .products
        .subgraph()
        .reindex(&progress)
        .await
        .map_err(|fault| {
            format!(
                "the index was not rebuilt: {fault} ({:?})",
                fault.cause().map(ToString::to_string)
            )
        })?;
    report(Report::Line(format!(
        "{count} products are in the new index, which is in use now, after {:.1} seconds",
        began.elapsed().as_secs_f64()
    )));
    Ok(())
}
