//! The payment of one order.

use clock::Timestamp;
use money::Money;
use uuid::Uuid;

use crate::{
    Attempt, AttemptOutcome, AttemptRefused, Failure, OrderOutcome, Refund, RefundReason,
    RefundRefused, RefundState, Status,
};

/// Everything that a payment is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Which payment.
    pub id: Uuid,
    /// For which order. An order has one payment.
    pub order_id: Uuid,
    /// Who is to pay.
    pub customer_id: Uuid,
    /// What is to be paid.
    pub amount: Money,
    /// Where it stands.
    pub status: Status,
    /// Whether the provider was or is about to be asked to create the intent.
    pub asked: bool,
    /// What orders said of the order.
    pub order: OrderOutcome,
    /// Until when the order waits for its money. Orders judges it; here it says when to ask the provider.
    pub deadline: Timestamp,
    /// The attempt that this side started and whose end it does not know yet.
    pub attempt: Option<Attempt>,
    /// How many attempts there were.
    pub attempts: u32,
    /// The reference of the last failure that was taken in.
    pub failure: Option<String>,
    /// What went back or is on its way, by number.
    pub refunds: Vec<Refund>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// What happened to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It is open at the provider.
    Created,
    /// An attempt came to an outcome, or to another one than before.
    Attempted {
        /// Which attempt, from 1.
        number: u32,
        /// How it went.
        outcome: AttemptOutcome,
    },
    /// The provider works on it.
    Processing,
    /// The money is captured.
    Succeeded,
    /// It was given up before any money moved.
    Cancelled,
    /// A refund was decided, or moved.
    RefundMoved(Refund),
    /// Money went back.
    Refunded(Refund),
}

/// The payment of one order: a [`Snapshot`] that changes by its own rules only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment(Snapshot);

impl Payment {
    /// The payment of an order that begins to wait for its money.
    pub fn requested(
        id: Uuid,
        order_id: Uuid,
        customer_id: Uuid,
        amount: Money,
        deadline: Timestamp,
    ) -> Self {
        Self(Snapshot {
            id,
            order_id,
            customer_id,
            amount,
            status: Status::Requested,
            asked: false,
            order: OrderOutcome::Open,
            deadline,
            attempt: None,
            attempts: 0,
            failure: None,
            refunds: Vec::new(),
            version: 1,
        })
    }

    /// The payment as it was stored.
    pub fn restore(snapshot: Snapshot) -> Self {
        Self(snapshot)
    }

    /// What it is made of.
    pub fn snapshot(&self) -> &Snapshot {
        &self.0
    }

    pub(crate) fn into_snapshot(self) -> Snapshot {
        self.0
    }

    /// Takes in what orders says of the order. `refund_id` names the refund, should one be due.
    #[must_use]
    pub fn hear_of_order(self, news: OrderOutcome, refund_id: Uuid) -> (Self, Vec<Fact>) {
        let learned = self.0.order.learn(news);
        if learned == self.0.order {
            return (self, Vec::new());
        }
        let mut next = self.0;
        next.order = learned;
        next.touch();
        let mut facts = Vec::new();
        next.settle(refund_id, &mut facts);
        (Self(next), facts)
    }

    /// Decides to create the intent. Changes nothing when that was decided before.
    pub fn ask(self) -> Result<Self, AttemptRefused> {
        match (&self.0.status, self.0.order) {
            (Status::Cancelled { .. }, _) | (_, OrderOutcome::Ended) => Err(AttemptRefused::Ended),
            (Status::Requested, _) if !self.0.asked => {
                let mut next = self.0;
                next.asked = true;
                next.touch();
                Ok(Self(next))
            }
            _ => Ok(self),
        }
    }

    /// Takes back the decision to create the intent, because the provider refused to.
    #[must_use]
    pub fn refuse(self) -> (Self, Vec<Fact>) {
        let mut next = self.0;
        let mut facts = Vec::new();
        if next.asked && matches!(next.status, Status::Requested) {
            next.asked = false;
            next.touch();
            next.settle(Uuid::nil(), &mut facts);
        }
        (Self(next), facts)
    }

    /// Starts an attempt with the payment method `method`.
    pub fn begin_attempt(self, method: String) -> Result<(Self, Attempt), AttemptRefused> {
        match (&self.0.status, self.0.order) {
            (Status::Succeeded { .. }, _) | (_, OrderOutcome::Paid) => {
                return Err(AttemptRefused::AlreadyPaid);
            }
            (Status::Cancelled { .. }, _) | (_, OrderOutcome::Ended) => {
                return Err(AttemptRefused::Ended);
            }
            (Status::Requested, _) => return Err(AttemptRefused::NotCreated),
            (Status::Processing { .. }, _) => return Err(AttemptRefused::InProgress),
            (Status::Created { .. } | Status::RequiresAction { .. }, _) => {}
        }
        if self.0.attempt.is_some() {
            return Err(AttemptRefused::InProgress);
        }
        let mut next = self.0;
        next.attempts = next.attempts.saturating_add(1);
        let attempt = Attempt {
            number: next.attempts,
            method,
        };
        next.attempt = Some(attempt.clone());
        next.touch();
        Ok((Self(next), attempt))
    }

    /// Ends attempt `number` because the provider refused it without a word about the intent. Does nothing
    /// when the attempt has ended already.
    #[must_use]
    pub fn fail_attempt(self, number: u32, failure: Failure) -> (Self, Vec<Fact>) {
        if self
            .0
            .attempt
            .as_ref()
            .is_none_or(|attempt| attempt.number != number)
        {
            return (self, Vec::new());
        }
        let mut next = self.0;
        next.attempt = None;
        next.touch();
        let fact = Fact::Attempted {
            number,
            outcome: AttemptOutcome::Failed(failure),
        };
        (Self(next), vec![fact])
    }

    /// Decides to give back whatever is left of the captured money.
    pub fn request_refund(
        self,
        reason: RefundReason,
        refund_id: Uuid,
    ) -> Result<(Self, Refund), RefundRefused> {
        if !matches!(self.0.status, Status::Succeeded { .. }) {
            return Err(RefundRefused::NothingCaptured);
        }
        let mut next = self.0;
        let refund = next
            .add_refund(reason, refund_id)
            .ok_or(RefundRefused::AlreadyRefunded)?;
        Ok((Self(next), refund))
    }
}

impl Snapshot {
    /// What has gone back, in minor units.
    pub fn refunded_units(&self) -> i64 {
        self.units_of(|refund| refund.state == RefundState::Succeeded)
    }

    /// What was captured and has neither gone back nor is on its way, in minor units.
    pub fn refundable_units(&self) -> i64 {
        self.amount
            .units()
            .saturating_sub(self.units_of(|refund| refund.state != RefundState::Failed))
            .max(0)
    }

    fn units_of(&self, counts: impl Fn(&Refund) -> bool) -> i64 {
        self.refunds
            .iter()
            .filter(|refund| counts(refund))
            .fold(0, |sum: i64, refund| {
                sum.saturating_add(refund.amount.units())
            })
    }

    pub(crate) fn touch(&mut self) {
        self.version = self.version.saturating_add(1);
    }

    /// Draws the consequence of an order that has ended: what was never asked for is given up at once, what
    /// was captured goes back. A refund that the provider could not make is left to the staff, not repeated.
    pub(crate) fn settle(&mut self, refund_id: Uuid, facts: &mut Vec<Fact>) {
        if self.order != OrderOutcome::Ended {
            return;
        }
        match self.status {
            // What may exist at the provider is found there first and cancelled then.
            Status::Requested if !self.asked => {
                self.status = Status::Cancelled { intent: None };
                self.touch();
                facts.push(Fact::Cancelled);
            }
            Status::Succeeded { .. }
                if self
                    .refunds
                    .iter()
                    .all(|refund| refund.state != RefundState::Failed) =>
            {
                if let Some(refund) = self.add_refund(RefundReason::OrderEnded, refund_id) {
                    facts.push(Fact::RefundMoved(refund));
                }
            }
            _ => {}
        }
    }

    fn add_refund(&mut self, reason: RefundReason, id: Uuid) -> Option<Refund> {
        let units = self.refundable_units();
        if units == 0 {
            return None;
        }
        let refund = Refund {
            id,
            number: self.next_refund_number(),
            amount: Money::new(units, self.amount.currency()),
            reason,
            state: RefundState::Requested,
            provider_id: None,
        };
        self.refunds.push(refund.clone());
        self.touch();
        Some(refund)
    }

    pub(crate) fn next_refund_number(&self) -> u32 {
        u32::try_from(self.refunds.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }
}
