//! Asks the provider about what it could not tell by webhook.

use std::time::Duration;

use database::DatabaseError;

use super::advance;
use crate::{
    adapters::stripe::MissedEvent,
    app::Tools,
    store::{payments, provider_events},
};

/// Pages of a run; what is beyond them waits for the next one.
const PAGES: usize = 10;

/// Goes through the events that were not delivered.
pub(crate) async fn run(tools: &Tools) -> Result<(), advance::Error> {
    let now = database::now(tools.database.read()).await?;
    let since = now.minus(Duration::from_millis(tools.config.missed_window_ms));
    let until = now.minus(Duration::from_millis(tools.config.missed_after_ms));
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let page = tools
            .gateway
            .missed_events(since, until, after.as_deref())
            .await?;
        let ids = page.events.iter().map(|event| event.id.as_str());
        let known = provider_events::known(tools.database.read(), ids).await?;
        for event in page
            .events
            .iter()
            .filter(|event| !known.contains(&event.id))
        {
            one(tools, event).await?;
        }
        match page.events.last() {
            Some(last) if page.more => after = Some(last.id.clone()),
            _ => return Ok(()),
        }
    }
    Ok(())
}

async fn one(tools: &Tools, event: &MissedEvent) -> Result<(), advance::Error> {
    if let Some(intent) = &event.intent
        && let Some(stored) =
            payments::load_by_intent(&tools.database, intent, event.payment_id).await?
    {
        tracing::info!(payment.id = %stored.snapshot().id, provider.event = event.id, "asking about a missed event");
        advance::ask(tools, stored.snapshot().id, intent).await?;
    }
    tools
        .database
        .write(|tx| async move {
            let now = tx.now().await?;
            provider_events::record(&tx, &event.id, &event.kind, now).await
        })
        .await
        .map_err(|error: DatabaseError| error.into())
        .map(|_| ())
}
