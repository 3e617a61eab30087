use std::fmt::Write;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The `Stripe-Signature` header of a payload sent at a time in seconds.
/// <https://docs.stripe.com/webhooks#verify-manually>
pub(super) fn header(secret: &str, timestamp: i64, payload: &[u8]) -> String {
    let mut header = format!("t={timestamp},v1=");
    // HMAC takes keys of any length, so there is always one.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(timestamp.to_string().as_bytes());
        mac.update(b".");
        mac.update(payload);
        for byte in mac.finalize().into_bytes() {
            // Writing to a string cannot fail.
            let _ = write!(header, "{byte:02x}");
        }
    }
    header
}
