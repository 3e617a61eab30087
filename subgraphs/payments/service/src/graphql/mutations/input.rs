//! What the inputs of several mutations have in common.

use serving::graphql::InvalidInput;
use uuid::Uuid;

use crate::graphql::types::UserError;

/// Reads an idempotency key.
pub(super) fn key(text: &str) -> Result<Uuid, UserError> {
    text.parse().map_err(|_| {
        UserError::InvalidInput(InvalidInput::at(
            "idempotencyKey",
            "this must be a UUID, such as `0190b8a4-0c6e-7e60-a3b1-5f5a3d0c7a11`; make a new one for each new request",
        ))
    })
}
