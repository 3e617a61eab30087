//! Mutations, one verb a file: read the input, run the command of the same name, show what came of it.

mod confirm_payment;
mod create_payment;
mod refund_payment;

use async_graphql::MergedObject;
use serving::graphql::InvalidInput;
use uuid::Uuid;

use super::types::UserError;

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    create_payment::CreatePayment,
    confirm_payment::ConfirmPayment,
    refund_payment::RefundPayment,
);

/// Reads an idempotency key.
fn key(text: &str) -> Result<Uuid, UserError> {
    text.parse().map_err(|_| {
        UserError::InvalidInput(InvalidInput::at(
            "idempotencyKey",
            "this must be a UUID, such as `0190b8a4-0c6e-7e60-a3b1-5f5a3d0c7a11`; make a new one for each new request",
        ))
    })
}
