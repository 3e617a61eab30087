//! Mutations, one verb a file: read the input, run the command of the same name, show what came of it.

mod confirm_payment;
mod create_payment;
mod input;
mod refund_payment;

use async_graphql::MergedObject;

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    create_payment::CreatePayment,
    confirm_payment::ConfirmPayment,
    refund_payment::RefundPayment,
);
