//! The statuses of an order, what each carries, and the edges between them. No other place knows an edge.

use std::{fmt, str::FromStr};

use clock::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::{Cancellation, Parcel, Shortage};

/// The name of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Placed; its stock is being reserved.
    Pending,
    /// Its stock is reserved and it waits for money until its deadline.
    AwaitingPayment,
    /// Its stock could not be reserved. An end.
    Rejected,
    /// The money has arrived.
    Paid,
    /// No money arrived before the deadline. An end.
    Expired,
    /// Called off. An end.
    Cancelled,
    /// Handed to a carrier.
    Shipped,
    /// Arrived. An end.
    Delivered,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::AwaitingPayment,
        Self::Rejected,
        Self::Paid,
        Self::Expired,
        Self::Cancelled,
        Self::Shipped,
        Self::Delivered,
    ];

    /// Where an order of this status may go next.
    pub const fn next_states(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::AwaitingPayment, Self::Rejected, Self::Cancelled],
            Self::AwaitingPayment => &[Self::Paid, Self::Expired, Self::Cancelled],
            Self::Paid => &[Self::Shipped, Self::Cancelled],
            Self::Shipped => &[Self::Delivered],
            Self::Rejected | Self::Expired | Self::Cancelled | Self::Delivered => &[],
        }
    }

    /// Whether no status follows this one.
    pub const fn is_end(self) -> bool {
        self.next_states().is_empty()
    }

    /// The name in capitals, as it is stored: `AWAITING_PAYMENT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::AwaitingPayment => "AWAITING_PAYMENT",
            Self::Rejected => "REJECTED",
            Self::Paid => "PAID",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
            Self::Shipped => "SHIPPED",
            Self::Delivered => "DELIVERED",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == name)
            .ok_or(UnknownStatus)
    }
}

/// The text names no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such status")]
pub struct UnknownStatus;

/// How the latest attempt to pay stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "attempt", rename_all = "snake_case")]
pub enum Attempt {
    /// Nobody has tried.
    None,
    /// The provider is waiting for the bank.
    Processing,
    /// Declined; another attempt may be made until the deadline.
    Failed {
        /// The provider's code, such as `card_declined`.
        code: String,
    },
}

/// A status with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// See [`Status::Pending`].
    Pending,
    /// See [`Status::AwaitingPayment`].
    AwaitingPayment {
        /// Expires when this has passed, in the database's time.
        deadline: Timestamp,
        /// How the latest attempt to pay stands.
        attempt: Attempt,
    },
    /// See [`Status::Rejected`].
    Rejected {
        /// The lines that were short.
        shortages: Vec<Shortage>,
    },
    /// See [`Status::Paid`].
    Paid {
        /// The payment that brought the money.
        payment_id: Uuid,
        /// When it was recorded.
        paid_at: Timestamp,
    },
    /// See [`Status::Expired`].
    Expired {
        /// When the deadline was judged to have passed.
        expired_at: Timestamp,
    },
    /// See [`Status::Cancelled`].
    Cancelled(Cancellation),
    /// See [`Status::Shipped`].
    Shipped {
        /// The payment that brought the money.
        payment_id: Uuid,
        /// What carries it.
        parcel: Parcel,
        /// When it left.
        shipped_at: Timestamp,
    },
    /// See [`Status::Delivered`].
    Delivered {
        /// The payment that brought the money.
        payment_id: Uuid,
        /// What carried it.
        parcel: Parcel,
        /// When it arrived.
        delivered_at: Timestamp,
    },
}

/// The step is not an edge from where the order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from} cannot become {to}")]
pub struct Refused {
    /// Where the order stands.
    pub from: Status,
    /// Where the step would have led.
    pub to: Status,
}

impl State {
    /// The name of the status.
    pub const fn status(&self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::AwaitingPayment { .. } => Status::AwaitingPayment,
            Self::Rejected { .. } => Status::Rejected,
            Self::Paid { .. } => Status::Paid,
            Self::Expired { .. } => Status::Expired,
            Self::Cancelled(_) => Status::Cancelled,
            Self::Shipped { .. } => Status::Shipped,
            Self::Delivered { .. } => Status::Delivered,
        }
    }

    /// PENDING → AWAITING_PAYMENT.
    pub fn await_payment(self, deadline: Timestamp) -> Result<Self, Refused> {
        self.may_become(Status::AwaitingPayment)?;
        Ok(Self::AwaitingPayment {
            deadline,
            attempt: Attempt::None,
        })
    }

    /// PENDING → REJECTED.
    pub fn reject(self, shortages: Vec<Shortage>) -> Result<Self, Refused> {
        self.may_become(Status::Rejected)?;
        Ok(Self::Rejected { shortages })
    }

    /// AWAITING_PAYMENT stays, with the news of an attempt to pay.
    pub fn attempted(self, news: Attempt) -> Result<Self, Refused> {
        match self {
            Self::AwaitingPayment { deadline, .. } => Ok(Self::AwaitingPayment {
                deadline,
                attempt: news,
            }),
            other => Err(Refused {
                from: other.status(),
                to: Status::AwaitingPayment,
            }),
        }
    }

    /// AWAITING_PAYMENT → PAID.
    pub fn pay(self, now: Timestamp, payment_id: Uuid) -> Result<Self, Refused> {
        self.may_become(Status::Paid)?;
        Ok(Self::Paid {
            payment_id,
            paid_at: now,
        })
    }

    /// AWAITING_PAYMENT → EXPIRED, once the deadline has come.
    pub fn expire(self, now: Timestamp) -> Result<Self, Refused> {
        match self {
            Self::AwaitingPayment { deadline, .. } if deadline <= now => {
                Ok(Self::Expired { expired_at: now })
            }
            other => Err(Refused {
                from: other.status(),
                to: Status::Expired,
            }),
        }
    }

    /// PENDING, AWAITING_PAYMENT or PAID → CANCELLED.
    pub fn cancel(self, cancellation: Cancellation) -> Result<Self, Refused> {
        self.may_become(Status::Cancelled)?;
        Ok(Self::Cancelled(cancellation))
    }

    /// PAID → SHIPPED.
    pub fn ship(self, now: Timestamp, parcel: Parcel) -> Result<Self, Refused> {
        match self {
            Self::Paid { payment_id, .. } => Ok(Self::Shipped {
                payment_id,
                parcel,
                shipped_at: now,
            }),
            other => Err(Refused {
                from: other.status(),
                to: Status::Shipped,
            }),
        }
    }

    /// SHIPPED → DELIVERED.
    pub fn deliver(self, now: Timestamp) -> Result<Self, Refused> {
        match self {
            Self::Shipped {
                payment_id, parcel, ..
            } => Ok(Self::Delivered {
                payment_id,
                parcel,
                delivered_at: now,
            }),
            other => Err(Refused {
                from: other.status(),
                to: Status::Delivered,
            }),
        }
    }

    fn may_become(&self, to: Status) -> Result<(), Refused> {
        let from = self.status();
        if from.next_states().contains(&to) {
            Ok(())
        } else {
            Err(Refused { from, to })
        }
    }
}
