//! Saves what became of a payment, announces it, and says when the provider is owed the next call.

use std::sync::Arc;

use clock::{Clock, Timestamp};
use database::{DatabaseError, Tx};
use events::{
    Envelope, Event, EventError,
    payments::{
        PaymentCancelled, PaymentCreated, PaymentFailed, PaymentProcessing, PaymentRefunded,
        PaymentSucceeded,
    },
};
use messaging::outbox;
use money::Money;
use payments_domain::{AttemptOutcome, Fact, Payment, Step};

use crate::{
    app::Tools,
    store::{
        history,
        payments::{self, Stored},
    },
};

/// Saves `payment`, which `facts` made of `before`, in the caller's transaction; gives it as it is stored now.
pub(super) async fn run(
    tools: &Tools,
    tx: &Tx,
    before: &Stored,
    payment: &Payment,
    facts: &[Fact],
) -> Result<Stored, DatabaseError> {
    let now = tx.now().await?;
    let payment_id = payment.snapshot().id;
    for fact in facts {
        match fact {
            Fact::Attempted { number, outcome } => {
                history::put_attempt(tx, payment_id, *number, outcome, now).await?;
            }
            Fact::RefundMoved(refund) => history::put_refund(tx, payment_id, refund, now).await?,
            _ => {}
        }
    }
    let announced = announce(&tools.clock, payment, facts, before.sequence)
        .map_err(|error| DatabaseError::corrupt("outbox", error))?;
    let sequence = announced
        .last()
        .map_or(before.sequence, |last| last.sequence);
    let due_at = due_at(tools, payment, now);
    payments::update(tx, &before.payment, payment, sequence, due_at, now).await?;
    if due_at.is_some_and(|due_at| due_at <= now) {
        wake_on_commit(tools, tx);
    }
    if !announced.is_empty() {
        let kinds = announced
            .iter()
            .map(|event| (event.sequence, event.kind.clone()));
        history::add_events(tx, payment_id, kinds, now).await?;
        outbox::append(tx, announced).await?;
    }
    Ok(Stored {
        payment: payment.clone(),
        sequence,
        created_at: before.created_at,
        updated_at: now,
    })
}

/// Makes the provider be asked about a payment as soon as may be.
pub(super) async fn ask_soon(
    tools: &Tools,
    tx: &Tx,
    payment: &Payment,
) -> Result<(), DatabaseError> {
    let now = tx.now().await?;
    payments::make_due(tx, payment.snapshot().id, now).await?;
    wake_on_commit(tools, tx);
    Ok(())
}

/// When the provider is asked again about a payment that it has been asked about `tries` times, all in the
/// database's time.
pub(super) fn ask_at(tools: &Tools, deadline: Timestamp, now: Timestamp, tries: u32) -> Timestamp {
    let regular = now.plus(
        tools
            .config
            .ask_backoff()
            .after(tries, jitter(&tools.clock)),
    );
    let last = deadline.minus(std::time::Duration::from_millis(
        tools.config.ask_before_deadline_ms,
    ));
    if now < last {
        regular.min(last)
    } else {
        regular
    }
}

fn due_at(tools: &Tools, payment: &Payment, now: Timestamp) -> Option<Timestamp> {
    match payment.next_step() {
        Step::Rest => None,
        Step::Cancel { .. } | Step::Refund { .. } => Some(now),
        // Whoever committed to these makes them right away; the reconciler waits until that was cut off.
        Step::Create | Step::Confirm { .. } => Some(now.plus(std::time::Duration::from_millis(
            tools.config.cut_off_after_ms,
        ))),
        Step::Ask { .. } | Step::AskRefund { .. } => {
            Some(ask_at(tools, payment.snapshot().deadline, now, 0))
        }
    }
}

fn wake_on_commit(tools: &Tools, tx: &Tx) {
    let wake = Arc::clone(&tools.wake);
    tx.on_commit(move || wake.notify_one());
}

/// 0 to 999.
fn jitter(clock: &Clock) -> u16 {
    u16::from_le_bytes(clock.bytes()) % 1_000
}

fn announce(
    clock: &Clock,
    payment: &Payment,
    facts: &[Fact],
    sequence: i64,
) -> Result<Vec<Envelope>, EventError> {
    let snapshot = payment.snapshot();
    let (payment_id, order_id, amount) = (snapshot.id, snapshot.order_id, snapshot.amount);
    let mut announced = Vec::new();
    let mut next = sequence;
    let mut refunded = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Refunded(refund) => Some(refund.amount.units()),
            _ => None,
        })
        .fold(snapshot.refunded_units(), i64::saturating_sub);
    for fact in facts {
        let number = next + 1;
        let event = match fact {
            Fact::Created => of(
                clock,
                number,
                payment,
                &PaymentCreated {
                    payment_id,
                    order_id,
                    amount,
                },
            ),
            Fact::Processing => of(
                clock,
                number,
                payment,
                &PaymentProcessing {
                    payment_id,
                    order_id,
                },
            ),
            Fact::Succeeded => of(
                clock,
                number,
                payment,
                &PaymentSucceeded {
                    payment_id,
                    order_id,
                    amount,
                },
            ),
            Fact::Attempted {
                number: attempt,
                outcome: AttemptOutcome::Failed(failure),
            } => {
                let code = failure.code.clone();
                of(
                    clock,
                    number,
                    payment,
                    &PaymentFailed {
                        payment_id,
                        order_id,
                        attempt: *attempt,
                        code,
                    },
                )
            }
            Fact::Cancelled => of(
                clock,
                number,
                payment,
                &PaymentCancelled {
                    payment_id,
                    order_id,
                },
            ),
            Fact::Refunded(refund) => {
                refunded = refunded.saturating_add(refund.amount.units());
                let total_refunded = Money::new(refunded, amount.currency());
                of(
                    clock,
                    number,
                    payment,
                    &PaymentRefunded {
                        payment_id,
                        order_id,
                        refund_id: refund.id,
                        amount: refund.amount,
                        total_refunded,
                    },
                )
            }
            Fact::Attempted { .. } | Fact::RefundMoved(_) => continue,
        };
        announced.push(event?);
        next = number;
    }
    Ok(announced)
}

fn of<E: Event>(
    clock: &Clock,
    sequence: i64,
    payment: &Payment,
    event: &E,
) -> Result<Envelope, EventError> {
    Envelope::of(clock, payment.snapshot().id, sequence, event)
}
