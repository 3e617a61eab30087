//! What the provider's view means for a payment.

use money::Money;
use uuid::Uuid;

use crate::{
    AttemptOutcome, Fact, Failure, IntentState, IntentView, Payment, Refund, RefundReason,
    RefundState, RefundView, Status, payment::Snapshot,
};

/// How old a view may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// It answers a call that was made when the payment had this version. What such an answer says about an
    /// unfinished intent counts only while the payment still has that version.
    AskedAt(i64),
    /// It was told, in a webhook, any time after it was true. What it says about an unfinished intent is a
    /// hint to ask.
    Told,
}

/// What became of a payment by a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The payment after it.
    pub payment: Payment,
    /// What happened; empty when nothing changed.
    pub facts: Vec<Fact>,
    /// Whether the view may be outdated, so that the provider should be asked again.
    pub ask_again: bool,
}

impl Payment {
    /// Takes in what the provider shows of the intent. Views may come late, twice and in any order: a final
    /// state is taken at any time, an unfinished one only when it is certain to be the present one.
    /// `refund_id` names the refund, should one be due.
    #[must_use]
    pub fn observe(self, view: &IntentView, basis: Basis, refund_id: Uuid) -> Observation {
        let before = self.clone();
        let mut next = self.into_snapshot();
        let mut facts = Vec::new();
        if next.status.intent().is_some_and(|intent| intent != view.id) {
            return Observation {
                payment: before,
                facts,
                ask_again: false,
            };
        }
        let mut ask_again = false;
        if view.state.is_final() {
            next.finish(view, &mut facts);
        } else {
            let adopted = next.adopt(&view.id, &mut facts);
            let certain = adopted || basis == Basis::AskedAt(before.snapshot().version);
            if next.status.is_open() && next.differs(&view.state) {
                if certain && basis != Basis::Told {
                    next.go_on(view, &mut facts);
                } else {
                    ask_again = true;
                }
            }
        }
        if facts.is_empty() {
            return Observation {
                payment: before,
                facts,
                ask_again,
            };
        }
        next.touch();
        next.settle(refund_id, &mut facts);
        Observation {
            payment: Self::restore(next),
            facts,
            ask_again,
        }
    }

    /// Takes in what the provider shows of a refund. `refund_id` names it, should it be news.
    #[must_use]
    pub fn observe_refund(self, view: &RefundView, refund_id: Uuid) -> Observation {
        if !matches!(self.snapshot().status, Status::Succeeded { .. }) {
            return Observation {
                payment: self,
                facts: Vec::new(),
                ask_again: true,
            };
        }
        let before = self.clone();
        let mut next = self.into_snapshot();
        let known = next.refunds.iter().position(|refund| {
            refund.provider_id.as_ref() == Some(&view.provider_id)
                || (refund.provider_id.is_none() && view.ours == Some(refund.id))
        });
        let mut refund = match known.and_then(|index| next.refunds.get(index)) {
            Some(refund) => refund.clone(),
            None => Refund {
                id: refund_id,
                number: next.next_refund_number(),
                amount: Money::new(view.units, next.amount.currency()),
                reason: RefundReason::AtProvider,
                state: RefundState::Requested,
                provider_id: None,
            },
        };
        if rank(view.state) <= rank(refund.state) {
            return Observation {
                payment: before,
                facts: Vec::new(),
                ask_again: false,
            };
        }
        refund.state = view.state;
        refund.provider_id = Some(view.provider_id.clone());
        match known.and_then(|index| next.refunds.get_mut(index)) {
            Some(known) => known.clone_from(&refund),
            None => next.refunds.push(refund.clone()),
        }
        next.touch();
        let mut facts = vec![Fact::RefundMoved(refund.clone())];
        if refund.state == RefundState::Succeeded {
            facts.push(Fact::Refunded(refund));
        }
        Observation {
            payment: Self::restore(next),
            facts,
            ask_again: false,
        }
    }

    /// Ends refund `id`, which the provider refused.
    #[must_use]
    pub fn fail_refund(self, id: Uuid) -> (Self, Vec<Fact>) {
        let mut next = self.into_snapshot();
        let refused = next
            .refunds
            .iter_mut()
            .find(|refund| refund.id == id && refund.state == RefundState::Requested)
            .map(|refund| {
                refund.state = RefundState::Failed;
                Fact::RefundMoved(refund.clone())
            });
        if refused.is_some() {
            next.touch();
        }
        (Self::restore(next), refused.into_iter().collect())
    }
}

fn rank(state: RefundState) -> u8 {
    match state {
        RefundState::Requested => 0,
        RefundState::Pending => 1,
        RefundState::Succeeded => 2,
        RefundState::Failed => 3,
    }
}

impl Snapshot {
    /// The number of the attempt that a view is about: the one that runs, the one that the customer or the
    /// provider still works on, or one that the customer made with the provider directly.
    fn attempt_number(&mut self) -> u32 {
        let runs = self.attempt.take().map(|attempt| attempt.number);
        runs.unwrap_or_else(|| {
            let same = matches!(
                self.status,
                Status::RequiresAction { .. } | Status::Processing { .. }
            );
            if !same || self.attempts == 0 {
                self.attempts = self.attempts.saturating_add(1);
            }
            self.attempts
        })
    }

    fn attempted(&mut self, outcome: AttemptOutcome, facts: &mut Vec<Fact>) {
        let number = self.attempt_number();
        facts.push(Fact::Attempted { number, outcome });
    }

    /// Takes in an intent that this payment did not know it had.
    fn adopt(&mut self, intent: &str, facts: &mut Vec<Fact>) -> bool {
        let unknown = matches!(
            self.status,
            Status::Requested | Status::Cancelled { intent: None }
        );
        if unknown {
            self.status = Status::Created {
                intent: intent.to_owned(),
            };
            facts.push(Fact::Created);
        }
        unknown
    }

    fn finish(&mut self, view: &IntentView, facts: &mut Vec<Fact>) {
        let intent = view.id.clone();
        match (&view.state, &self.status) {
            (_, Status::Succeeded { .. }) => {}
            (IntentState::Succeeded, _) => {
                self.attempted(AttemptOutcome::Succeeded, facts);
                self.status = Status::Succeeded { intent };
                facts.push(Fact::Succeeded);
            }
            (_, Status::Cancelled { .. }) => {}
            _ => {
                if self.attempt.is_some() {
                    self.attempted(AttemptOutcome::Cancelled, facts);
                }
                self.status = Status::Cancelled {
                    intent: Some(intent),
                };
                facts.push(Fact::Cancelled);
            }
        }
    }

    /// Whether an unfinished state says anything that is not known.
    fn differs(&self, state: &IntentState) -> bool {
        match (state, &self.status) {
            (
                IntentState::Open {
                    failure: Some(failure),
                },
                _,
            ) => !self.has_seen(failure),
            (IntentState::Open { failure: None }, _) => false,
            (IntentState::RequiresAction { url }, Status::RequiresAction { url: known, .. }) => {
                self.attempt.is_some() || url != known
            }
            (IntentState::Processing, Status::Processing { .. }) => self.attempt.is_some(),
            _ => true,
        }
    }

    fn has_seen(&self, failure: &Failure) -> bool {
        self.failure.as_ref() == Some(&failure.reference)
    }

    fn go_on(&mut self, view: &IntentView, facts: &mut Vec<Fact>) {
        let intent = view.id.clone();
        match &view.state {
            IntentState::Open {
                failure: Some(failure),
            } => {
                self.attempted(AttemptOutcome::Failed(failure.clone()), facts);
                self.failure = Some(failure.reference.clone());
                self.status = Status::Created { intent };
            }
            IntentState::RequiresAction { url } => {
                self.attempted(AttemptOutcome::RequiresAction, facts);
                self.status = Status::RequiresAction {
                    intent,
                    url: url.clone(),
                };
            }
            IntentState::Processing => {
                self.attempted(AttemptOutcome::Processing, facts);
                self.status = Status::Processing { intent };
                facts.push(Fact::Processing);
            }
            IntentState::Open { failure: None }
            | IntentState::Succeeded
            | IntentState::Cancelled => {}
        }
    }
}
