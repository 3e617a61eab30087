//! A shopper who does not give up when the shop goes away, and writes down every answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use testkit::Answer;

use crate::{Client, Codes, Journal, key};

/// Longer than any server is away in a test.
const PATIENCE: Duration = Duration::from_mins(15);
const ADDRESS: &str = r#"{ name: "Ada Byron", line1: "12 St James's Square", city: "London", postalCode: "SW1Y 4JH", country: "GB" }"#;

/// Buys again and again through crashes of the shop. A request that had no answer is sent again with the same key.
pub struct PatientShopper {
    client: Client,
    journal: Arc<Journal>,
    codes: Codes,
}

impl PatientShopper {
    /// Registers somebody new.
    pub async fn register(client: &Client, journal: &Arc<Journal>) -> Self {
        let mut shopper = Self {
            client: client.clone(),
            journal: Arc::clone(journal),
            codes: Codes::default(),
        };
        let (user, token) = loop {
            // An answer may be lost on its way: then the address is taken, and somebody else registers.
            let email = format!("{}@shoppers.example", key());
            let answer = shopper
                .ask(
                    "mutation($email: String!) { register(input: { email: $email, password: \"correct horse battery\" }) {
                        user { id } session { accessToken } userErrors { message } } }",
                    json!({ "email": email }),
                )
                .await;
            let at = |pointer: &str| {
                answer
                    .0
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .map(ToOwned::to_owned)
            };
            if let (Some(user), Some(token)) = (
                at("/data/register/user/id"),
                at("/data/register/session/accessToken"),
            ) {
                break (user, token);
            }
        };
        shopper
            .journal
            .note(&json!({ "answer": "registered", "user": user }));
        shopper.client = client.with_token(&token);
        shopper
    }

    /// Counts there, from now on, which errors made it try again.
    #[must_use]
    pub fn telling(mut self, codes: &Codes) -> Self {
        self.codes = Arc::clone(codes);
        self
    }

    /// Sends until an answer comes that is no plea to try again.
    async fn ask(&self, query: &str, variables: Value) -> Answer {
        let began = Instant::now();
        loop {
            if let Ok(answer) = self.client.try_graphql(query, variables.clone()).await {
                let again = answer.errors().iter().any(|error| {
                    let code = error["extensions"]["code"].as_str();
                    let again =
                        error["extensions"]["retryable"] == true || code == Some("INTERNAL");
                    if again {
                        let code = code.unwrap_or("none").to_owned();
                        *self
                            .codes
                            .lock()
                            .expect("nobody failed")
                            .entry(code)
                            .or_default() += 1;
                    }
                    again
                });
                if !again {
                    return answer;
                }
            }
            assert!(
                began.elapsed() < PATIENCE,
                "the shop never answered {query}"
            );
            testkit::pause(began).await;
        }
    }

    /// Buys one piece of a variant: pays for it, or cancels it when `change_of_mind`. Every answer is in the journal. Gives
    /// whether there was an order that was decided on.
    pub async fn buy(&self, variant: &str, change_of_mind: bool) -> bool {
        self.ask(
            "mutation($variant: ID!, $key: String!) { addToCart(input: { variantId: $variant, quantity: 1, idempotencyKey: $key }) {
                cart { id } userErrors { message } } }",
            json!({ "variant": variant, "key": key() }),
        )
        .await;
        let address = format!(
            "mutation {{ setCartAddress(input: {{ address: {ADDRESS} }}) {{ cart {{ id }} }} }}"
        );
        let cart = self
            .ask(&address, Value::Null)
            .await
            .text("/setCartAddress/cart/id");
        let placed = self
            .ask(
                "mutation($cart: ID!, $key: String!) { placeOrder(input: { cartId: $cart, idempotencyKey: $key }) {
                    order { id } userErrors { __typename } } }",
                json!({ "cart": cart, "key": key() }),
            )
            .await;
        let Some(order) = placed
            .0
            .pointer("/data/placeOrder/order/id")
            .and_then(Value::as_str)
        else {
            return false;
        };
        self.journal
            .note(&json!({ "answer": "placed", "order": order }));
        let status = self.settled(order).await;
        if status == "AWAITING_PAYMENT" {
            if change_of_mind {
                self.cancel(order).await;
            } else {
                self.pay(order).await;
            }
        }
        true
    }

    /// Waits until the order is PENDING no more; gives its status.
    async fn settled(&self, order: &str) -> String {
        until("the reservation of an order", async || {
            let shown = self
                .ask(
                    "query($order: ID!) { order(by: { id: $order }) { status } }",
                    json!({ "order": order }),
                )
                .await;
            let status = shown.text("/order/status");
            (status != "PENDING").then_some(status)
        })
        .await
    }

    async fn cancel(&self, order: &str) {
        let cancelled = self
            .ask(
                "mutation($order: ID!, $key: String!) { cancelOrder(input: { orderId: $order, idempotencyKey: $key }) {
                    order { status } userErrors { __typename } } }",
                json!({ "order": order, "key": key() }),
            )
            .await;
        if cancelled
            .0
            .pointer("/data/cancelOrder/order/status")
            .is_some_and(|status| status == "CANCELLED")
        {
            self.journal
                .note(&json!({ "answer": "cancelled", "order": order }));
        }
    }

    async fn pay(&self, order: &str) {
        let payment = until("a payment that can be made", async || {
            let created = self
                .ask(
                    "mutation($order: ID!, $key: String!) { createPayment(input: { orderId: $order, idempotencyKey: $key }) {
                        payment { id } userErrors { __typename } } }",
                    json!({ "order": order, "key": key() }),
                )
                .await;
            created.0.pointer("/data/createPayment/payment/id").and_then(Value::as_str).map(ToOwned::to_owned)
        })
        .await;
        let confirmed = self
            .ask(
                "mutation($payment: ID!, $key: String!) {
                    confirmPayment(input: { paymentId: $payment, paymentMethod: \"pm_card_visa\", idempotencyKey: $key }) {
                        payment { status } userErrors { __typename message } } }",
                json!({ "payment": payment, "key": key() }),
            )
            .await;
        if confirmed
            .0
            .pointer("/data/confirmPayment/payment/status")
            .is_some_and(|status| status == "SUCCEEDED")
        {
            self.journal
                .note(&json!({ "answer": "paid", "order": order }));
        }
    }
}

/// Asks `condition` again and again until it gives a value.
async fn until<T, F, Fut>(what: &str, mut condition: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        testkit::pause(began).await;
    }
}
