//! The settings of orders; `config.default.toml` holds their defaults and says what each one means.

use std::time::Duration;

use money::{Currency, Money};
use orders_domain::{Limits, Rules};
use serde::Deserialize;
use serving::StartError;

/// The keys of the section `[orders]`, as read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    currency: String,
    tax_basis_points: u32,
    shipping_units: i64,
    free_shipping_from_units: i64,
    cart_lines: usize,
    cart_quantity: u32,
    guest_cart_hours: u64,
    user_cart_hours: u64,
    cleaning_ms: u64,
    deadline_ms: u64,
    hold_grace_ms: u64,
    sweep_ms: u64,
    streams_per_user: usize,
    stream_poll_ms: u64,
}

/// The settings, checked and in the types of the domain.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    pub(crate) guest_cart: Duration,
    pub(crate) user_cart: Duration,
    pub(crate) cleaning: Duration,
    pub(crate) deadline: Duration,
    pub(crate) hold: Duration,
    pub(crate) sweep: Duration,
    pub(crate) streams_per_user: usize,
    pub(crate) stream_poll: Duration,
}

impl Config {
    pub(crate) fn check(self) -> Result<Settings, StartError> {
        let currency = Currency::parse(&self.currency)
            .map_err(|error| wrong(format!("orders.currency: {error}")))?;
        if self.tax_basis_points > 10_000 {
            return Err(wrong(
                "orders.tax_basis_points is beyond 10000, which is 100 %",
            ));
        }
        if self.shipping_units < 0 || self.free_shipping_from_units < 0 {
            return Err(wrong(
                "orders.shipping_units and orders.free_shipping_from_units cannot be negative",
            ));
        }
        if self.cart_lines == 0 || self.cart_quantity == 0 || self.streams_per_user == 0 {
            return Err(wrong(
                "orders.cart_lines, cart_quantity and streams_per_user are at least 1",
            ));
        }
        if self.sweep_ms == 0 || self.stream_poll_ms == 0 || self.cleaning_ms == 0 {
            return Err(wrong(
                "orders.sweep_ms, stream_poll_ms and cleaning_ms are at least 1",
            ));
        }
        let free_from = self.free_shipping_from_units;
        Ok(Settings {
            rules: Rules {
                currency,
                shipping: Money::new(self.shipping_units, currency),
                free_shipping_from: (free_from > 0).then(|| Money::new(free_from, currency)),
                tax_basis_points: self.tax_basis_points,
            },
            limits: Limits {
                lines: self.cart_lines,
                quantity: self.cart_quantity,
            },
            guest_cart: hours(self.guest_cart_hours),
            user_cart: hours(self.user_cart_hours),
            cleaning: Duration::from_millis(self.cleaning_ms),
            deadline: Duration::from_millis(self.deadline_ms),
            hold: Duration::from_millis(self.deadline_ms.saturating_add(self.hold_grace_ms)),
            sweep: Duration::from_millis(self.sweep_ms),
            streams_per_user: self.streams_per_user,
            stream_poll: Duration::from_millis(self.stream_poll_ms),
        })
    }
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours.saturating_mul(3_600))
}

fn wrong(message: impl Into<String>) -> StartError {
    StartError::Setting(message.into())
}
