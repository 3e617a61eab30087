//! `refundPayment`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::{Scope, Viewer};
use serving::graphql::global_id;

use super::input;
use crate::{
    app::Tools,
    commands::refund_payment::{self, Input, Outcome},
    graphql::{
        directives,
        types::{Payment, PaymentPayload, UserError},
    },
};

#[derive(Default)]
pub(super) struct RefundPayment;

/// Which payment to give back.
#[derive(InputObject)]
struct RefundPaymentInput {
    /// The payment.
    payment_id: ID,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: String,
}

#[Object]
impl RefundPayment {
    /// Gives back all of a payment that is left. For staff (`payments:manage`). The order stays as it is; to take the
    /// order back too, cancel it, which refunds by itself.
    #[graphql(requires_scopes = "payments:manage", directive = directives::cost::apply("20".to_owned()))]
    async fn refund_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which payment to give back.")] input: RefundPaymentInput,
    ) -> Result<PaymentPayload, Fault> {
        let staff_id = ctx
            .data_unchecked::<Viewer>()
            .require(Scope::PaymentsManage)?
            .id;
        let payment_id = global_id::decode("Payment", &input.payment_id)?;
        let key = match input::key(&input.idempotency_key) {
            Ok(key) => key,
            Err(error) => return Ok(PaymentPayload::refused(error)),
        };
        let tools = ctx.data_unchecked::<Arc<Tools>>();
        let outcome = refund_payment::run(
            tools,
            &Input {
                payment_id,
                staff_id,
                key,
            },
        )
        .await?;
        Ok(match outcome {
            Outcome::Conflict => PaymentPayload::refused(UserError::key_conflict()),
            Outcome::Payment {
                stored,
                refused,
                replayed,
            } => PaymentPayload {
                payment: Some(Payment {
                    stored: *stored,
                    client_secret: None,
                }),
                user_errors: refused.map(UserError::from).into_iter().collect(),
                replayed,
            },
        })
    }
}
