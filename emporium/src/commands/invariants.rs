//! `emporium doctor --invariants`: do stock, orders, payments, the provider and the shoppers' journal agree?

use std::{collections::BTreeSet, time::Duration};

use super::Reporter;
use crate::{
    control::Report,
    invariants::{Answered, Facts, Provider, judge, load},
    subgraphs::Subgraphs,
};

/// Changes that are under way are no violation: a finding counts when it is still there after so many further looks.
const LOOKS: u32 = 6;
const BETWEEN: Duration = Duration::from_secs(2);
const SHOWN: usize = 50;

/// Looks until nothing is wrong or what is wrong stays; fails then.
pub(crate) async fn invariants(
    shop: &Subgraphs,
    journal: &[String],
    report: Reporter<'_>,
) -> Result<(), String> {
    let journal = Answered::read(journal)?;
    let provider = Provider::of(&shop.process.settings)?;
    let mut lasting: Option<BTreeSet<String>> = None;
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(BETWEEN).await;
        }
        let facts = facts(shop, &provider).await?;
        let found: BTreeSet<String> = judge(&facts, &journal).into_iter().collect();
        let still = match lasting {
            None => found,
            Some(before) => before.intersection(&found).cloned().collect(),
        };
        if still.is_empty() {
            report(Report::Line(format!(
                "the invariants hold: {} variants, {} orders, {} payments, {} intents at the provider, {} answers in the journal",
                facts.stock.len(),
                facts.orders.len(),
                facts.payments.len(),
                facts.intents.len(),
                journal.len()
            )));
            return Ok(());
        }
        lasting = Some(still);
    }
    let lasting = lasting.unwrap_or_default();
    for line in lasting.iter().take(SHOWN) {
        report(Report::Line(line.clone()));
    }
    Err(format!("{} violations of the invariants", lasting.len()))
}

async fn facts(shop: &Subgraphs, provider: &Provider) -> Result<Facts, String> {
    let intents = provider.intents().await?;
    let mut facts = load(&shop.databases)
        .await
        .map_err(|error| error.to_string())?;
    facts.intents = intents;
    Ok(facts)
}
