//! `emporium events`: what is held back, and how it goes on.

use messaging::dead_letters::{self, Selector};
use uuid::Uuid;

use super::Reporter;
use crate::{control::Report, subgraphs::Subgraphs};

const MOST: u64 = 1_000;

/// Lists held events of every subgraph.
pub(crate) async fn list(
    shop: &Subgraphs,
    waiting: bool,
    report: Reporter<'_>,
) -> Result<(), String> {
    let selector = Selector {
        waiting,
        ..Selector::default()
    };
    let mut count = 0;
    for (_, database) in shop.databases.all() {
        for letter in dead_letters::list(database.read(), &selector, MOST)
            .await
            .map_err(|error| error.to_string())?
        {
            count += 1;
            let state = if letter.parked { "parked" } else { "waiting" };
            report(Report::Line(format!(
                "{state} {} {} #{} of {} for {} since {} after {} tries: {}",
                letter.event_id,
                letter.kind,
                letter.sequence,
                letter.aggregate_id,
                letter.handler,
                letter.held_at,
                letter.attempts,
                letter
                    .error
                    .as_deref()
                    .unwrap_or("behind another event of its aggregate"),
            )));
        }
    }
    if count == 0 {
        report(Report::Line("no event is held back".to_owned()));
    }
    Ok(())
}

/// Lets the selected held events be tried again.
pub(crate) async fn replay(
    shop: &Subgraphs,
    handler: Option<String>,
    aggregate_id: Option<Uuid>,
    event_id: Option<Uuid>,
    report: Reporter<'_>,
) -> Result<(), String> {
    let selector = Selector {
        handler,
        aggregate_id,
        event_id,
        ..Selector::default()
    };
    let mut replayed = 0;
    for (_, database) in shop.databases.all() {
        replayed += dead_letters::replay(database, &selector)
            .await
            .map_err(|error| error.to_string())?;
    }
    report(Report::Line(format!(
        "{replayed} events will be tried again now, in order"
    )));
    Ok(())
}

/// Announces the present state of everything in `topic`.
pub(crate) async fn republish(
    shop: &Subgraphs,
    topic: &str,
    report: Reporter<'_>,
) -> Result<(), String> {
    let owner = topic.split('.').next().unwrap_or_default();
    let subgraphs = shop.all();
    let subgraph = subgraphs
        .iter()
        .find(|subgraph| subgraph.name() == owner)
        .ok_or_else(|| format!("no subgraph owns `{topic}`; topics look like products.catalog"))?;
    let progress = |done: u64| {
        report(Report::Progress {
            what: topic.to_owned(),
            done,
            total: None,
        })
    };
    let count = subgraph
        .republish(topic, &progress)
        .await
        .map_err(|fault| fault.to_string())?;
    report(Report::Line(format!(
        "{count} snapshots of {topic} are announced"
    )));
    Ok(())
}
