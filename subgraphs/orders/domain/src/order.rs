//! The order. Each step takes the order and gives the next one with the fact that it announces; each fact is one
//! version.

use clock::Timestamp;
use money::{Money, MoneyError};
use uuid::Uuid;

use crate::{
    address::Address,
    fact::{Cancellation, Canceller, Fact, Parcel, Shortage},
    number::OrderNumber,
    status::{Attempt, Refused, State, Status},
    totals::Totals,
};

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: Uuid,
    /// What people call it by.
    pub number: OrderNumber,
    /// Whose it is.
    pub customer_id: Uuid,
    /// Where it goes.
    pub address: Address,
    /// What it comes to.
    pub totals: Totals,
    /// What has gone back so far.
    pub refunded: Money,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// How many facts there are of it: 1 when it was placed.
    pub version: i64,
    /// Where it stands.
    pub state: State,
}

/// What was bought on one line, as it was at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Its id.
    pub id: Uuid,
    /// The variant.
    pub variant_id: Uuid,
    /// The variant's stock keeping unit.
    pub sku: String,
    /// What it was called.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// What one cost.
    pub unit_price: Money,
    /// What the line came to before tax.
    pub subtotal: Money,
    /// The line's part of the order's tax.
    pub tax: Money,
}

/// What turns into an order.
#[derive(Clone, Debug)]
pub struct Purchase {
    /// The new order's id.
    pub id: Uuid,
    /// The new order's number.
    pub number: OrderNumber,
    /// Whose it will be.
    pub customer_id: Uuid,
    /// Where it goes.
    pub address: Address,
    /// What it comes to.
    pub totals: Totals,
}

type Step<T = Refused> = Result<(Order, Fact), T>;

impl Order {
    /// A new order, PENDING.
    pub fn place(purchase: Purchase, now: Timestamp) -> (Self, Fact) {
        let order = Self {
            id: purchase.id,
            number: purchase.number,
            customer_id: purchase.customer_id,
            address: purchase.address,
            refunded: Money::zero(purchase.totals.total.currency()),
            totals: purchase.totals,
            placed_at: now,
            version: 1,
            state: State::Pending,
        };
        (order, Fact::Placed)
    }

    /// The name of its status.
    pub const fn status(&self) -> Status {
        self.state.status()
    }

    /// Where it may go next.
    pub const fn next_states(&self) -> &'static [Status] {
        self.status().next_states()
    }

    /// Its stock is reserved; the money is waited for until `deadline`.
    pub fn await_payment(self, deadline: Timestamp) -> Step {
        self.step(|state| {
            Ok((
                state.await_payment(deadline)?,
                Fact::AwaitingPayment { deadline },
            ))
        })
    }

    /// Its stock could not be reserved.
    pub fn reject(self, shortages: Vec<Shortage>) -> Step {
        self.step(|state| {
            Ok((
                state.reject(shortages.clone())?,
                Fact::Rejected { shortages },
            ))
        })
    }

    /// The bank takes its time.
    pub fn payment_processing(self, payment_id: Uuid) -> Step {
        self.step(|state| {
            Ok((
                state.attempted(Attempt::Processing)?,
                Fact::PaymentProcessing { payment_id },
            ))
        })
    }

    /// An attempt to pay was declined; it may be tried again until the deadline.
    pub fn payment_failed(self, payment_id: Uuid, code: String) -> Step {
        self.step(|state| {
            let state = state.attempted(Attempt::Failed { code: code.clone() })?;
            Ok((state, Fact::PaymentFailed { payment_id, code }))
        })
    }

    /// The money has arrived.
    pub fn pay(self, now: Timestamp, payment_id: Uuid) -> Step {
        self.step(|state| Ok((state.pay(now, payment_id)?, Fact::Paid { payment_id })))
    }

    /// The deadline has passed. Refused before that.
    pub fn expire(self, now: Timestamp) -> Step {
        self.step(|state| Ok((state.expire(now)?, Fact::Expired)))
    }

    /// Calls it off; what has been paid is owed back in full.
    pub fn cancel(self, now: Timestamp, by: Canceller, reason: String) -> Step {
        let refund = (self.status() == Status::Paid).then_some(self.totals.total);
        let cancellation = Cancellation {
            by,
            reason,
            refund,
            cancelled_at: now,
        };
        self.step(|state| {
            Ok((
                state.cancel(cancellation.clone())?,
                Fact::Cancelled(cancellation),
            ))
        })
    }

    /// Hands it to a carrier.
    pub fn ship(self, now: Timestamp, parcel: Parcel) -> Step {
        self.step(|state| Ok((state.ship(now, parcel.clone())?, Fact::Shipped(parcel))))
    }

    /// It has arrived.
    pub fn deliver(self, now: Timestamp) -> Step {
        self.step(|state| Ok((state.deliver(now)?, Fact::Delivered)))
    }

    /// Records that money went back. An amount on the order, whatever its status.
    pub fn refund(self, amount: Money) -> Step<MoneyError> {
        let refunded = self.refunded.checked_add(amount)?;
        let version = self.version.saturating_add(1);
        Ok((
            Self {
                refunded,
                version,
                ..self
            },
            Fact::Refunded { amount },
        ))
    }

    fn step(self, next: impl FnOnce(State) -> Result<(State, Fact), Refused>) -> Step {
        let (state, fact) = next(self.state)?;
        Ok((
            Self {
                state,
                version: self.version.saturating_add(1),
                ..self
            },
            fact,
        ))
    }
}
