//! `createPayment`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Viewer;
use serving::graphql::global_id;

use super::input;
use crate::{
    app::Tools,
    commands::create_payment::{self, Input, Outcome},
    graphql::{
        directives,
        types::{Payment, PaymentPayload, UserError},
    },
};

#[derive(Default)]
pub(super) struct CreatePayment;

/// Which order to pay.
#[derive(InputObject)]
struct CreatePaymentInput {
    /// The order; it must be AWAITING_PAYMENT.
    order_id: ID,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: String,
}

#[Object]
impl CreatePayment {
    /// Opens the payment of the viewer's order, or shows the one that is open already. Its `clientSecret` and
    /// `publishableKey` are for Stripe.js; or pay with `confirmPayment`.
    #[graphql(directive = directives::authenticated::apply(), directive = directives::cost::apply("20".to_owned()))]
    async fn create_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order to pay.")] input: CreatePaymentInput,
    ) -> Result<PaymentPayload, Fault> {
        let customer_id = ctx.data_unchecked::<Viewer>().user()?.id;
        let order_id = global_id::decode("Order", &input.order_id)?;
        let key = match input::key(&input.idempotency_key) {
            Ok(key) => key,
            Err(error) => return Ok(PaymentPayload::refused(error)),
        };
        let tools = ctx.data_unchecked::<Arc<Tools>>();
        let outcome = create_payment::run(
            tools,
            &Input {
                order_id,
                customer_id,
                key,
            },
        )
        .await?;
        Ok(match outcome {
            Outcome::Conflict => PaymentPayload::refused(UserError::key_conflict()),
            Outcome::Payment {
                stored,
                client_secret,
                refused,
                replayed,
            } => PaymentPayload {
                payment: Some(Payment {
                    stored: *stored,
                    client_secret,
                }),
                user_errors: refused.map(UserError::from).into_iter().collect(),
                replayed,
            },
        })
    }
}
