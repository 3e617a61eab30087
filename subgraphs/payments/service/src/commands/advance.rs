//! Makes the call that a payment owes the provider, and takes the answer in.

use database::DatabaseError;
use fault::Fault;
use payments_domain::{Attempt, Basis, Fact, Failure, IntentView, Refund, RefundView, Step, keys};
use uuid::Uuid;

use super::record;
use crate::{
    adapters::stripe::{GatewayError, Intent, NewIntent, NewRefund},
    app::Tools,
    store::payments::{self, Stored},
};

/// How far the provider's clock may be behind the database's.
const CLOCKS_DIFFER: std::time::Duration = std::time::Duration::from_mins(5);

/// Why no call was made or no answer taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error.into(),
            Error::Gateway(error @ GatewayError::Unavailable(_)) => {
                Self::unavailable(error).retry_after(std::time::Duration::from_secs(2))
            }
            Error::Gateway(error @ GatewayError::Refused { .. }) => Self::internal(error),
        }
    }
}

/// What a call led to.
#[derive(Default)]
pub(crate) struct Advanced {
    /// When the answer brought it.
    pub(crate) client_secret: Option<String>,
    /// What the answer changed, if it did.
    pub(crate) changed: Option<Changed>,
}

/// A payment after a change.
pub(crate) struct Changed {
    pub(crate) stored: Stored,
    /// What made it so.
    pub(crate) facts: Vec<Fact>,
}

/// Makes the call that payment `payment_id` owes. `tries` says how often it was due already.
pub(crate) async fn run(tools: &Tools, payment_id: Uuid, tries: u32) -> Result<Advanced, Error> {
    let _turn = tools.turns.take(payment_id).await;
    let Some(stored) = payments::load(&tools.database, payment_id).await? else {
        return Ok(Advanced::default());
    };
    let intent = match stored.payment.next_step() {
        Step::Rest => return Ok(Advanced::default()),
        Step::Create => return create(tools, &stored).await,
        Step::Confirm { intent, attempt } => {
            return confirm(tools, &stored, &intent, &attempt, tries).await;
        }
        Step::Refund { intent, refund } => {
            return give_back(tools, &stored, &intent, &refund).await;
        }
        Step::AskRefund { intent, .. } => {
            let shown = tools.gateway.refunds(&intent).await?;
            take_in_refunds(tools, &stored, &shown, None).await?;
            return Ok(Advanced::default());
        }
        Step::Cancel { intent } => {
            let key = keys::cancel(payment_id, stored.snapshot().version);
            tools.gateway.cancel_intent(&intent, &key).await?
        }
        Step::Ask { intent } => tools.gateway.retrieve_intent(&intent).await?,
    };
    answered(tools, &stored, intent).await
}

/// Takes in the answer to a call.
async fn answered(tools: &Tools, asked: &Stored, intent: Intent) -> Result<Advanced, Error> {
    Ok(Advanced {
        changed: take_in(tools, asked, &intent.view).await?,
        client_secret: intent.client_secret,
    })
}

/// Asks the provider how a payment and its refunds stand, whatever it owes.
pub(crate) async fn ask(tools: &Tools, payment_id: Uuid, intent: &str) -> Result<(), Error> {
    let _turn = tools.turns.take(payment_id).await;
    let Some(stored) = payments::load(&tools.database, payment_id).await? else {
        return Ok(());
    };
    let shown = tools.gateway.retrieve_intent(intent).await?;
    take_in(tools, &stored, &shown.view).await?;
    let refunds = tools.gateway.refunds(intent).await?;
    if !refunds.is_empty() {
        take_in_refunds(tools, &stored, &refunds, None).await?;
    }
    Ok(())
}

async fn create(tools: &Tools, stored: &Stored) -> Result<Advanced, Error> {
    let snapshot = stored.snapshot();
    let new = NewIntent {
        payment_id: snapshot.id,
        order_id: snapshot.order_id,
        amount: snapshot.amount,
        key: keys::create(snapshot.id),
    };
    let intent = match tools.gateway.create_intent(&new).await {
        Ok(intent) => intent,
        Err(error @ GatewayError::Refused { .. }) => {
            refuse(tools, snapshot.id).await?;
            return Err(error.into());
        }
        // It may have been created all the same; the provider may even repeat its failure for this key.
        Err(error @ GatewayError::Unavailable(_)) => {
            let since = stored.created_at.minus(CLOCKS_DIFFER);
            match tools.gateway.find_intent(snapshot.id, since).await {
                Ok(Some(intent)) => intent,
                _ => return Err(error.into()),
            }
        }
    };
    answered(tools, stored, intent).await
}

async fn confirm(
    tools: &Tools,
    stored: &Stored,
    intent: &str,
    attempt: &Attempt,
    tries: u32,
) -> Result<Advanced, Error> {
    let payment_id = stored.snapshot().id;
    let key = keys::confirm(payment_id, attempt.number);
    let given_up = tries >= tools.config.attempt_tries;
    let failure = match tools
        .gateway
        .confirm_intent(intent, &attempt.method, &key)
        .await
    {
        Ok(shown) => return answered(tools, stored, shown).await,
        Err(GatewayError::Refused { code, message }) => refused_attempt(attempt, code, message),
        Err(error @ GatewayError::Unavailable(_)) => {
            // It may have been made all the same; the intent knows.
            let shown = tools
                .gateway
                .retrieve_intent(intent)
                .await
                .map_err(|_| error.clone())?;
            let advanced = answered(tools, stored, shown).await?;
            if advanced.changed.is_some() {
                return Ok(advanced);
            }
            if !given_up {
                return Err(error.into());
            }
            refused_attempt(
                attempt,
                "processing_error".to_owned(),
                "The payment provider could not process this attempt. Try again.".to_owned(),
            )
        }
    };
    let (number, failure) = (attempt.number, &failure);
    let changed = tools
        .database
        .write(|tx| async move {
            let Some(stored) = payments::load_for_change(&tx, payment_id).await? else {
                return Ok(None);
            };
            let (payment, facts) = stored.payment.clone().fail_attempt(number, failure.clone());
            if facts.is_empty() {
                return Ok(None);
            }
            let stored = record::run(tools, &tx, &stored, &payment, &facts).await?;
            Ok::<_, DatabaseError>(Some(Changed { stored, facts }))
        })
        .await?;
    Ok(Advanced {
        client_secret: None,
        changed,
    })
}

fn refused_attempt(attempt: &Attempt, code: String, message: String) -> Failure {
    Failure {
        reference: format!("attempt {}", attempt.number),
        code,
        decline_code: None,
        message,
    }
}

async fn give_back(
    tools: &Tools,
    stored: &Stored,
    intent: &str,
    refund: &Refund,
) -> Result<Advanced, Error> {
    let payment_id = stored.snapshot().id;
    let new = NewRefund {
        intent: intent.to_owned(),
        refund_id: refund.id,
        amount: refund.amount,
        key: keys::refund(payment_id, refund.number),
    };
    match tools.gateway.refund(&new).await {
        Ok(shown) => take_in_refunds(tools, stored, &[shown], None).await?,
        // Somebody else may have refunded it. What the provider shows is taken in, and this refund has failed
        // unless it is among it.
        Err(GatewayError::Refused { code, message }) => {
            let shown = tools.gateway.refunds(intent).await?;
            if !shown.iter().any(|shown| shown.ours == Some(refund.id)) {
                tracing::error!(
                    payment.id = %payment_id,
                    refund.id = %refund.id,
                    provider.code = code,
                    provider.message = message,
                    "refund refused; the staff has to see to it"
                );
            }
            take_in_refunds(tools, stored, &shown, Some(refund.id)).await?;
        }
        Err(error @ GatewayError::Unavailable(_)) => {
            let shown = tools
                .gateway
                .refunds(intent)
                .await
                .map_err(|_| error.clone())?;
            if !shown.iter().any(|shown| shown.ours == Some(refund.id)) {
                return Err(error.into());
            }
            take_in_refunds(tools, stored, &shown, None).await?;
        }
    }
    Ok(Advanced::default())
}

async fn refuse(tools: &Tools, payment_id: Uuid) -> Result<(), DatabaseError> {
    tools
        .database
        .write(|tx| async move {
            let Some(stored) = payments::load_for_change(&tx, payment_id).await? else {
                return Ok(());
            };
            let (payment, facts) = stored.payment.clone().refuse();
            record::run(tools, &tx, &stored, &payment, &facts)
                .await
                .map(drop)
        })
        .await
}

/// Takes in a view that answers a call made when the payment was `asked`; gives what it changed, if it did.
async fn take_in(
    tools: &Tools,
    asked: &Stored,
    view: &IntentView,
) -> Result<Option<Changed>, DatabaseError> {
    let payment_id = asked.snapshot().id;
    let basis = Basis::AskedAt(asked.snapshot().version);
    let expected = asked.payment.clone().observe(view, basis, Uuid::nil());
    if expected.facts.is_empty() && !expected.ask_again {
        return Ok(None);
    }
    tools
        .database
        .write(|tx| async move {
            let Some(stored) = payments::load_for_change(&tx, payment_id).await? else {
                return Ok(None);
            };
            let seen = stored
                .payment
                .clone()
                .observe(view, basis, tools.clock.id());
            let changed = if seen.facts.is_empty() {
                None
            } else {
                Some(Changed {
                    stored: record::run(tools, &tx, &stored, &seen.payment, &seen.facts).await?,
                    facts: seen.facts,
                })
            };
            if seen.ask_again {
                record::ask_soon(tools, &tx, &seen.payment).await?;
            }
            Ok(changed)
        })
        .await
}

/// Takes in what the provider shows of refunds; `refused`, unless it is among them, has failed.
async fn take_in_refunds(
    tools: &Tools,
    asked: &Stored,
    shown: &[RefundView],
    refused: Option<Uuid>,
) -> Result<(), DatabaseError> {
    let payment_id = asked.snapshot().id;
    tools
        .database
        .write(|tx| async move {
            let Some(stored) = payments::load_for_change(&tx, payment_id).await? else {
                return Ok(());
            };
            let mut payment = stored.payment.clone();
            let mut facts = Vec::new();
            for view in shown {
                let seen = payment.observe_refund(view, tools.clock.id());
                payment = seen.payment;
                facts.extend(seen.facts);
            }
            if let Some(refused) = refused {
                let (after, more) = payment.fail_refund(refused);
                payment = after;
                facts.extend(more);
            }
            if facts.is_empty() {
                return Ok(());
            }
            record::run(tools, &tx, &stored, &payment, &facts)
                .await
                .map(drop)
        })
        .await
}
