//! Rows in, domain values out, and back: functions over a transaction or a reader, one file an aggregate. Decisions and
//! transactions are never here.

pub(crate) mod carts;
pub(crate) mod offers;
pub(crate) mod order_events;
pub(crate) mod orders;
pub(crate) mod sessions;

use database::DatabaseError;
use money::{Currency, Money};

fn amount(table: &'static str, units: i64, currency: &str) -> Result<Money, DatabaseError> {
    let currency =
        Currency::parse(currency).map_err(|error| DatabaseError::corrupt(table, error))?;
    Ok(Money::new(units, currency))
}

fn count(table: &'static str, stored: i64) -> Result<u32, DatabaseError> {
    u32::try_from(stored).map_err(|error| DatabaseError::corrupt(table, error))
}

fn to_json(table: &'static str, value: &impl serde::Serialize) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|error| DatabaseError::corrupt(table, error))
}

fn from_json<T: serde::de::DeserializeOwned>(
    table: &'static str,
    json: &str,
) -> Result<T, DatabaseError> {
    serde_json::from_str(json).map_err(|error| DatabaseError::corrupt(table, error))
}
