//! Takes in what a webhook tells. Each one is a hint with a state: a final state is taken, an unfinished one makes
//! the provider be asked. Late, repeated and shuffled webhooks therefore change nothing that is known better.

use std::time::Duration;

use database::DatabaseError;
use payments_domain::{Basis, Observation, Payment};
use uuid::Uuid;

use super::record;
use crate::{
    adapters::stripe::{News, Notice},
    app::Tools,
    store::{payments, provider_events},
};

/// How long a webhook waits for a call about the same payment that is under way.
const PATIENCE: Duration = Duration::from_secs(3);

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was taken in, was known, or tells nothing that matters here.
    Done,
    /// It came before what it builds on; the provider should repeat it.
    TooEarly,
}

/// Takes the webhook in; when this returns, what it changed is committed.
pub(crate) async fn run(tools: &Tools, notice: &Notice) -> Result<Outcome, DatabaseError> {
    let database = &tools.database;
    let found = match &notice.news {
        News::Intent(view, payment_id) => {
            payments::load_by_intent(database, &view.id, *payment_id).await?
        }
        News::Refund(intent, _) => payments::load_by_intent(database, intent, None).await?,
        News::Nothing => None,
    };
    let Some(found) = found else {
        return Ok(Outcome::Done);
    };
    let payment_id = found.snapshot().id;
    // Often this tells what a call of ours is just being told; then there is nothing left to do.
    let _turn = tokio::time::timeout(PATIENCE, tools.turns.take(payment_id)).await;
    let Some(stored) = payments::load(database, payment_id).await? else {
        return Ok(Outcome::Done);
    };
    let expected = observe(stored.payment, notice, Uuid::nil());
    if expected.facts.is_empty() && !expected.ask_again {
        return Ok(Outcome::Done);
    }
    let too_early = expected.ask_again && matches!(notice.news, News::Refund(..));
    let asked = &expected.payment;
    tools
        .database
        .write(|tx| async move {
            // A refund of money that is not known to be captured: the provider is asked, and tells it again.
            if too_early {
                record::ask_soon(tools, &tx, asked).await?;
                return Ok(Outcome::TooEarly);
            }
            let now = tx.now().await?;
            if !provider_events::record(&tx, &notice.id, &notice.kind, now).await? {
                return Ok(Outcome::Done);
            }
            let Some(stored) = payments::load_for_change(&tx, payment_id).await? else {
                return Ok(Outcome::Done);
            };
            let seen = observe(stored.payment.clone(), notice, tools.clock.id());
            if !seen.facts.is_empty() {
                record::run(tools, &tx, &stored, &seen.payment, &seen.facts).await?;
            }
            if seen.ask_again {
                record::ask_soon(tools, &tx, &seen.payment).await?;
            }
            Ok(Outcome::Done)
        })
        .await
}

fn observe(payment: Payment, notice: &Notice, refund_id: Uuid) -> Observation {
    match &notice.news {
        News::Intent(view, _) => payment.observe(view, Basis::Told, refund_id),
        News::Refund(_, view) => payment.observe_refund(view, refund_id),
        News::Nothing => Observation {
            payment,
            facts: Vec::new(),
            ask_again: false,
        },
    }
}
