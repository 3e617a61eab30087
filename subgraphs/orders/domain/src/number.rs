//! Order numbers: short enough to read out on the telephone, too sparse to guess or to count.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Crockford's base 32: no I, L, O or U, so that nothing is misread (<https://www.crockford.com/base32.html>).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_SYMBOLS: usize = 11;

/// A number such as `7K3M-9QXD-2FTB`: 55 random bits and a check symbol that catches a single wrong symbol.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderNumber(String);

/// The text is no order number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an order number such as 7K3M-9QXD-2FTB")]
pub struct NumberError;

impl OrderNumber {
    /// The number of 8 random bytes, of which 55 bits are used.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        let mut rest = u64::from_be_bytes(bytes);
        let mut symbols = Vec::with_capacity(RANDOM_SYMBOLS);
        for _ in 0..RANDOM_SYMBOLS {
            symbols.push(u8::try_from(rest & 31).unwrap_or(0));
            rest >>= 5;
        }
        Self::with_check(&symbols)
    }

    /// The number in its written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn with_check(symbols: &[u8]) -> Self {
        let mut text = String::with_capacity(14);
        for (index, symbol) in symbols.iter().chain([&check(symbols)]).enumerate() {
            if index == 4 || index == 8 {
                text.push('-');
            }
            text.push(
                ALPHABET
                    .get(usize::from(*symbol))
                    .copied()
                    .map_or('0', char::from),
            );
        }
        Self(text)
    }
}

/// The sum of the symbols, each weighted by an odd number: any single wrong symbol changes it.
fn check(symbols: &[u8]) -> u8 {
    let sum = symbols
        .iter()
        .zip((1_u32..).step_by(2))
        .fold(0_u32, |sum, (symbol, weight)| {
            sum.wrapping_add(u32::from(*symbol).wrapping_mul(weight))
        });
    u8::try_from(sum & 31).unwrap_or(0)
}

impl FromStr for OrderNumber {
    type Err = NumberError;

    /// Reads a number as people write it: any case, with or without hyphens and spaces, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 40 {
            return Err(NumberError);
        }
        let symbols = text
            .bytes()
            .filter(|byte| !matches!(byte, b'-' | b' '))
            .map(|byte| match byte.to_ascii_uppercase() {
                b'O' => Ok(0),
                b'I' | b'L' => Ok(1),
                other => ALPHABET
                    .iter()
                    .position(|symbol| *symbol == other)
                    .and_then(|position| u8::try_from(position).ok())
                    .ok_or(NumberError),
            })
            .collect::<Result<Vec<u8>, _>>()?;
        match symbols.split_last() {
            Some((last, random)) if random.len() == RANDOM_SYMBOLS && *last == check(random) => {
                Ok(Self::with_check(random))
            }
            _ => Err(NumberError),
        }
    }
}

impl TryFrom<String> for OrderNumber {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<OrderNumber> for String {
    fn from(number: OrderNumber) -> Self {
        number.0
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
