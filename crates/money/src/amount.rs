//! An amount and its arithmetic.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Currency;

/// An amount in the minor unit of its currency: 1999 in USD is 19.99 dollars. May be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    units: i64,
    currency: Currency,
}

/// Why an amount could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit.
    #[error("the amount is too large")]
    Overflow,
    /// The two amounts are not of one currency.
    #[error("amounts in {0} and {1} cannot be combined")]
    CurrencyMismatch(Currency, Currency),
    /// There is nothing to split by: no weight above zero.
    #[error("an amount cannot be split by no weight")]
    NoWeight,
}

impl Money {
    /// `units` minor units of `currency`.
    pub const fn new(units: i64, currency: Currency) -> Self {
        Self { units, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units.
    pub const fn units(self) -> i64 {
        self.units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum of two amounts of one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(self.units.checked_add(other.units))
    }

    /// This amount less another one of the same currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(self.units.checked_sub(other.units))
    }

    /// This amount `quantity` times.
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        self.with(self.units.checked_mul(i64::from(quantity)))
    }

    /// The share of `basis_points` ten-thousandths (850 = 8.5 %), rounded half to even.
    pub fn basis_points(self, basis_points: u32) -> Result<Self, MoneyError> {
        let product = i128::from(self.units)
            .checked_mul(i128::from(basis_points))
            .ok_or(MoneyError::Overflow)?;
        let (whole, rest) = (product.div_euclid(10_000), product.rem_euclid(10_000));
        let up = match rest.cmp(&5_000) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => whole.rem_euclid(2),
            std::cmp::Ordering::Greater => 1,
        };
        let rounded = whole.checked_add(up).ok_or(MoneyError::Overflow)?;
        self.with(i64::try_from(rounded).ok())
    }

    /// Shares the amount out in proportion to `weights`; the parts sum to the whole. What rounding leaves over
    /// goes, one unit each, to the parts that were cut the most, the earlier one first.
    pub fn split(self, weights: &[u32]) -> Result<Vec<Self>, MoneyError> {
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        if total == 0 {
            return Err(MoneyError::NoWeight);
        }
        let mut parts = Vec::with_capacity(weights.len());
        let mut cut = Vec::with_capacity(weights.len());
        let mut left = i128::from(self.units);
        for (index, weight) in weights.iter().enumerate() {
            let share = i128::from(self.units)
                .checked_mul(i128::from(*weight))
                .ok_or(MoneyError::Overflow)?;
            let part = share.div_euclid(total);
            left = left.checked_sub(part).ok_or(MoneyError::Overflow)?;
            parts.push(part);
            cut.push((std::cmp::Reverse(share.rem_euclid(total)), index));
        }
        cut.sort_unstable();
        for (_, index) in cut
            .into_iter()
            .take(usize::try_from(left).map_err(|_| MoneyError::Overflow)?)
        {
            if let Some(part) = parts.get_mut(index) {
                *part = part.checked_add(1).ok_or(MoneyError::Overflow)?;
            }
        }
        parts
            .into_iter()
            .map(|part| self.with(i64::try_from(part).ok()))
            .collect()
    }

    /// The amount as a decimal number without currency: `19.99`, `-0.05`, `1200` for yen.
    pub fn decimal(self) -> String {
        let places = usize::from(self.currency.exponent());
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = format!(
            "{:0width$}",
            self.units.unsigned_abs(),
            width = places.saturating_add(1)
        );
        let (major, minor) = digits.split_at(digits.len().saturating_sub(places));
        if minor.is_empty() {
            format!("{sign}{major}")
        } else {
            format!("{sign}{major}.{minor}")
        }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch(self.currency, other.currency))
        }
    }

    fn with(self, units: Option<i64>) -> Result<Self, MoneyError> {
        units
            .map(|units| Self::new(units, self.currency))
            .ok_or(MoneyError::Overflow)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}
