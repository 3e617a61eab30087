//! `emporium seed`: demo accounts, the demo catalogue, and generated products for load work.

use super::Reporter;
use crate::{control::Report, subgraphs::Subgraphs};

/// Adds what is missing.
pub(crate) async fn seed(
    shop: &Subgraphs,
    generated: u32,
    report: Reporter<'_>,
) -> Result<(), String> {
    let failed = |what: &'static str| {
        move |fault: fault::Fault| {
            format!(
                "{what}: {fault} ({:?})",
                fault.cause().map(ToString::to_string)
            )
        }
    };
    shop.users
        .subgraph()
        .seed_demo()
        .await
        .map_err(failed("the demo accounts were not added"))?;
    let products = shop.products.subgraph();
    products
        .seed_demo()
        .await
        .map_err(failed("the demo catalogue was not added"))?;
    report(Report::Line(
        "demo accounts and catalogue are there".to_owned(),
    ));
    if generated > 0 {
        let progress = |done: u64| {
            report(Report::Progress {
                what: "products".to_owned(),
                done,
                total: Some(u64::from(generated)),
            });
        };
        products
            .seed_generated(u64::from(generated), &progress)
            .await
            .map_err(failed("the generated products were not added"))?;
        report(Report::Line(format!(
            "{generated} generated products are there"
        )));
    }
    Ok(())
}
