//! Makes the calls that are due: those that were decided, those that were cut off, and those that ask the provider
//! about payments that no webhook told of.

use database::DatabaseError;
use futures::{StreamExt, stream};
use std::time::Duration;

use super::{advance, record};
use crate::{
    adapters::stripe::GatewayError,
    app::Tools,
    store::payments::{self, Due},
};

/// The wait after which a call that failed so often is worth an alarm.
const ALARMING: u32 = 5;

/// Works until nothing is due.
pub(crate) async fn run(tools: &Tools) -> Result<(), DatabaseError> {
    loop {
        let now = database::now(tools.database.read()).await?;
        let due = payments::due(tools.database.read(), now, tools.config.reconcile_batch).await?;
        if due.is_empty() {
            return Ok(());
        }
        let claimed = claim(tools).await?;
        // What is left is in the hands of other replicas.
        if claimed.is_empty() {
            return Ok(());
        }
        stream::iter(claimed)
            .for_each_concurrent(tools.config.reconcile_concurrency, |due| one(tools, due))
            .await;
    }
}

/// Puts the calls off to when they would be due again, so that a failure needs no word and another replica passes
/// them over.
async fn claim(tools: &Tools) -> Result<Vec<Due>, DatabaseError> {
    let cut_off = Duration::from_millis(tools.config.cut_off_after_ms);
    tools
        .database
        .write(|tx| async move {
            let now = tx.now().await?;
            let due = payments::lock_due(&tx, now, tools.config.reconcile_batch).await?;
            let mut claimed = Vec::with_capacity(due.len());
            for due in due {
                let next = record::ask_at(tools, due.deadline, now, due.tries + 1);
                if payments::claim(&tx, &due, next.max(now.plus(cut_off))).await? {
                    claimed.push(due);
                }
            }
            Ok(claimed)
        })
        .await
}

async fn one(tools: &Tools, due: Due) {
    match advance::run(tools, due.id, due.tries + 1).await {
        Ok(_) => {}
        Err(advance::Error::Gateway(GatewayError::Unavailable(reason))) if due.tries < ALARMING => {
            tracing::warn!(payment.id = %due.id, payment.tries = due.tries + 1, reason, "call to the provider put off");
        }
        Err(error) => {
            tracing::error!(payment.id = %due.id, payment.tries = due.tries + 1, %error, "call to the provider failed");
        }
    }
}
