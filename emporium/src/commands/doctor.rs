//! `emporium doctor`: is everything there that the shop depends on?

use super::Reporter;
use crate::{control::Report, subgraphs::Subgraphs};

/// Checks every dependency; fails when one is not well.
pub(crate) async fn doctor(shop: &Subgraphs, report: Reporter<'_>) -> Result<(), String> {
    let mut ill = 0;
    for subgraph in shop.all() {
        for check in subgraph.checks().await {
            let line = match check.outcome {
                Ok(found) => format!("ok    {}: {found}", check.name),
                Err(wrong) => {
                    ill += 1;
                    format!("WRONG {}: {wrong}", check.name)
                }
            };
            report(Report::Line(line));
        }
        let lag = messaging::outbox::lag(subgraph.database().read())
            .await
            .map_err(|error| error.to_string())?;
        report(Report::Line(format!(
            "ok    {} outbox: {} events on their way",
            subgraph.name(),
            lag.pending
        )));
    }
    let provider = match shop.emulator {
        Some(address) => {
            format!("ok    payments go to the built-in Stripe emulator at http://{address}")
        }
        None => "ok    payments go to Stripe".to_owned(),
    };
    report(Report::Line(provider));
    if ill == 0 {
        Ok(())
    } else {
        Err(format!("{ill} of the checks above found something wrong"))
    }
}
