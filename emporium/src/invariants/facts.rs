//! What is known of a shop at one moment.

use std::collections::HashMap;

use uuid::Uuid;

/// Stock of a variant and what its ledger sums to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stock {
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
    pub(crate) version: i64,
    pub(crate) ledger_on_hand: i64,
    pub(crate) ledger_reserved: i64,
    pub(crate) ledger_entries: i64,
    /// What orders believes to be available, with the version it was told.
    pub(crate) copied: Option<(i64, i64)>,
}

/// A reservation.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    pub(crate) state: String,
    /// Variant and quantity.
    pub(crate) lines: Vec<(Uuid, i64)>,
}

/// An order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) number: String,
    pub(crate) status: String,
    pub(crate) version: i64,
    pub(crate) total: i64,
    pub(crate) refunded: i64,
    /// By how much its deadline has passed, in milliseconds; negative while it is to come.
    pub(crate) overdue: Option<i64>,
    /// Milliseconds since it was placed.
    pub(crate) age: i64,
    /// Variant and quantity.
    pub(crate) lines: Vec<(Uuid, i64)>,
    /// Versions of its events, in order, and the status after the last one.
    pub(crate) events: Vec<i64>,
    pub(crate) last_status: String,
}

/// A payment.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) order_id: Uuid,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) refunded: i64,
    pub(crate) intent: Option<String>,
}

/// A PaymentIntent as the provider tells it.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
}

/// Everything at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) stock: HashMap<Uuid, Stock>,
    pub(crate) reservations: HashMap<Uuid, Reservation>,
    pub(crate) orders: HashMap<Uuid, Order>,
    pub(crate) payments: HashMap<Uuid, Payment>,
    pub(crate) intents: HashMap<String, Intent>,
    pub(crate) users: std::collections::HashSet<Uuid>,
    /// Events held back, as text for people.
    pub(crate) held: Vec<String>,
}
