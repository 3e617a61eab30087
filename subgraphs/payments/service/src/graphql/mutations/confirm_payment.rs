//! `confirmPayment`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Viewer;
use serving::graphql::{InvalidInput, global_id};

use super::input;
use crate::{
    app::Tools,
    commands::confirm_payment::{self, Input, Outcome},
    graphql::{
        directives,
        types::{Payment, PaymentPayload, UserError},
    },
};

#[derive(Default)]
pub(super) struct ConfirmPayment;

/// With what to pay.
#[derive(InputObject)]
struct ConfirmPaymentInput {
    /// The payment.
    payment_id: ID,
    /// The id of a payment method of Stripe, such as `pm_card_visa`, the test card that succeeds.
    payment_method: String,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: String,
}

#[Object]
impl ConfirmPayment {
    /// Pays with a payment method. A declined attempt comes as `PaymentDeclined` and leaves the payment open for the
    /// next one. When the payment is REQUIRES_ACTION, send the customer to `nextAction { url }`.
    #[graphql(directive = directives::authenticated::apply(), directive = directives::cost::apply("20".to_owned()))]
    async fn confirm_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With what to pay.")] input: ConfirmPaymentInput,
    ) -> Result<PaymentPayload, Fault> {
        let customer_id = ctx.data_unchecked::<Viewer>().user()?.id;
        let payment_id = global_id::decode("Payment", &input.payment_id)?;
        let key = match input::key(&input.idempotency_key) {
            Ok(key) => key,
            Err(error) => return Ok(PaymentPayload::refused(error)),
        };
        let input = Input {
            payment_id,
            method: input.payment_method,
            customer_id,
            key,
        };
        if !input.method_is_plausible() {
            return Ok(PaymentPayload::refused(UserError::InvalidInput(
                InvalidInput::at(
                    "paymentMethod",
                    "this must be the id of a payment method, such as `pm_card_visa`",
                ),
            )));
        }
        let tools = ctx.data_unchecked::<Arc<Tools>>();
        Ok(match confirm_payment::run(tools, &input).await? {
            Outcome::Conflict => PaymentPayload::refused(UserError::key_conflict()),
            Outcome::Payment {
                stored,
                failure,
                refused,
                replayed,
            } => PaymentPayload {
                payment: Some(Payment {
                    stored: *stored,
                    client_secret: None,
                }),
                user_errors: failure
                    .map(UserError::from)
                    .into_iter()
                    .chain(refused.map(UserError::from))
                    .collect(),
                replayed,
            },
        })
    }
}
