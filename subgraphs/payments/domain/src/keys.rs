//! Idempotency keys for the provider, made of what a call is about and of nothing else, so that whoever
//! repeats the call after a crash makes the same key.

use uuid::Uuid;

/// The key to create the intent of a payment.
pub fn create(payment: Uuid) -> String {
    format!("payment:{payment}:create")
}

/// The key to confirm an attempt.
pub fn confirm(payment: Uuid, attempt: u32) -> String {
    format!("payment:{payment}:confirm:{attempt}")
}

/// The key to cancel the intent of a payment. The provider repeats its first answer to a key, a refusal
/// too, so the version of the payment is part of it.
pub fn cancel(payment: Uuid, version: i64) -> String {
    format!("payment:{payment}:cancel:{version}")
}

/// The key to refund a payment.
pub fn refund(payment: Uuid, number: u32) -> String {
    format!("payment:{payment}:refund:{number}")
}
