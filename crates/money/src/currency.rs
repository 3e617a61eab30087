//! The currencies that a shop can price in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A currency of ISO 4217. Serialized as its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Currency {
    /// Australian dollar.
    AUD,
    /// Canadian dollar.
    CAD,
    /// Swiss franc.
    CHF,
    /// Euro.
    EUR,
    /// Pound sterling.
    GBP,
    /// Yen, which has no minor unit.
    JPY,
    /// Kuwaiti dinar, whose minor unit is a thousandth.
    KWD,
    /// Swedish krona.
    SEK,
    /// United States dollar.
    USD,
}

/// The code is not one of the currencies of [`Currency`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown currency code `{0}`")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// Every currency there is.
    pub const ALL: [Self; 9] = [
        Self::AUD,
        Self::CAD,
        Self::CHF,
        Self::EUR,
        Self::GBP,
        Self::JPY,
        Self::KWD,
        Self::SEK,
        Self::USD,
    ];

    /// The currency of an ISO 4217 code in capitals.
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        Self::ALL
            .into_iter()
            .find(|currency| currency.code() == code)
            .ok_or_else(|| UnknownCurrency(code.to_owned()))
    }

    /// The ISO 4217 code, such as `USD`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AUD => "AUD",
            Self::CAD => "CAD",
            Self::CHF => "CHF",
            Self::EUR => "EUR",
            Self::GBP => "GBP",
            Self::JPY => "JPY",
            Self::KWD => "KWD",
            Self::SEK => "SEK",
            Self::USD => "USD",
        }
    }

    /// How many decimal places the minor unit is away from the major one: 2 for dollars and cents.
    pub const fn exponent(self) -> u8 {
        match self {
            Self::JPY => 0,
            Self::KWD => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> Self {
        currency.code()
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code)
    }
}
