//! Somebody who buys.

use serde_json::{Value, json};
use testkit::Answer;

use crate::{Client, Stream};

const ADDRESS: &str = r#"{ name: "Ada Byron", line1: "12 St James's Square", city: "London", postalCode: "SW1Y 4JH", country: "GB" }"#;

/// A signed-in customer.
#[derive(Clone)]
pub struct Shopper {
    /// Their client.
    pub client: Client,
    /// The id of their `User`.
    pub id: String,
    /// Their refresh token.
    pub refresh_token: String,
}

/// A fresh idempotency key.
pub fn key() -> String {
    clock::Clock::system().id().to_string()
}

impl Shopper {
    /// Registers somebody new.
    pub async fn register(client: &Client) -> Self {
        let email = format!("{}@shoppers.example", key());
        let answer = client
            .graphql(
                "mutation($email: String!) { register(input: { email: $email, password: \"correct horse battery\", displayName: \"Ada\" }) {
                    user { id } session { accessToken refreshToken } userErrors { message } } }",
                json!({ "email": email }),
            )
            .await;
        assert_eq!(answer.at("/register/userErrors"), &json!([]), "{answer:?}");
        Self {
            client: client.with_token(&answer.text("/register/session/accessToken")),
            id: answer.text("/register/user/id"),
            refresh_token: answer.text("/register/session/refreshToken"),
        }
    }

    /// Logs in to an account of the demo seed.
    pub async fn log_in(client: &Client, email: &str, password: &str) -> Self {
        let answer = client
            .graphql(
                "mutation($email: String!, $password: String!) { logIn(input: { email: $email, password: $password }) {
                    user { id } session { accessToken refreshToken } userErrors { message } } }",
                json!({ "email": email, "password": password }),
            )
            .await;
        Self {
            client: client.with_token(&answer.text("/logIn/session/accessToken")),
            id: answer.text("/logIn/user/id"),
            refresh_token: answer.text("/logIn/session/refreshToken"),
        }
    }

    /// Puts pieces into their cart.
    pub async fn add(&self, variant: &str, quantity: i64) -> Answer {
        let answer = self
            .client
            .graphql(
                "mutation($variant: ID!, $quantity: Int!) { addToCart(input: { variantId: $variant, quantity: $quantity }) {
                    cart { id quantity lines { id quantity available } problems { __typename } } userErrors { __typename message } } }",
                json!({ "variant": variant, "quantity": quantity }),
            )
            .await;
        assert_eq!(answer.at("/addToCart/userErrors"), &json!([]), "{answer:?}");
        answer
    }

    /// Says where their cart goes; gives the cart's id.
    pub async fn set_address(&self) -> String {
        let mutation = format!(
            "mutation {{ setCartAddress(input: {{ address: {ADDRESS} }}) {{ cart {{ id }} userErrors {{ message }} }} }}"
        );
        let answer = self.client.graphql(&mutation, Value::Null).await;
        assert_eq!(
            answer.at("/setCartAddress/userErrors"),
            &json!([]),
            "{answer:?}"
        );
        answer.text("/setCartAddress/cart/id")
    }

    /// Takes everything out of the cart.
    pub async fn clear(&self) {
        let answer = self
            .client
            .graphql(
                "mutation { clearCart(input: {}) { userErrors { message } } }",
                Value::Null,
            )
            .await;
        assert_eq!(answer.at("/clearCart/userErrors"), &json!([]), "{answer:?}");
    }

    /// Orders what is in the cart.
    pub async fn place(&self, cart: &str, key: &str) -> Answer {
        self.client
            .graphql(
                "mutation($cart: ID!, $key: String!) { placeOrder(input: { cartId: $cart, idempotencyKey: $key }) {
                    order { id number status version totals { total { units decimal } } }
                    userErrors { __typename message ... on OutOfStock { available } } replayed } }",
                json!({ "cart": cart, "key": key }),
            )
            .await
    }

    /// Orders so many pieces of one variant; gives the order's id.
    pub async fn order(&self, variant: &str, quantity: i64) -> String {
        self.add(variant, quantity).await;
        let cart = self.set_address().await;
        let placed = self.place(&cart, &key()).await;
        assert_eq!(
            placed.at("/placeOrder/userErrors"),
            &json!([]),
            "{placed:?}"
        );
        placed.text("/placeOrder/order/id")
    }

    /// Watches an order.
    pub async fn watch(&self, order: &str, after: Option<i64>) -> Stream {
        self.client
            .subscribe(
                "subscription($order: ID!, $after: Int) { orderEvents(orderId: $order, afterVersion: $after) {
                    version status snapshot order { id } } }",
                json!({ "order": order, "after": after }),
            )
            .await
    }

    /// The order as it is.
    pub async fn show(&self, order: &str) -> Answer {
        self.client
            .graphql(
                "query($order: ID!) { order(by: { id: $order }) { id number status version nextStates
                    refunded { units } totals { total { units } } rejections { requested available }
                    events { version status } } }",
                json!({ "order": order }),
            )
            .await
    }

    /// Waits until the order has this status.
    pub async fn wait_for(&self, order: &str, status: &str) -> Answer {
        testkit::until(&format!("{status} of an order"), async || {
            let shown = self.show(order).await;
            (shown.at("/order/status") == status).then_some(shown)
        })
        .await
    }

    /// Opens the payment of an order; gives the payment's id.
    pub async fn create_payment(&self, order: &str) -> String {
        testkit::until("a payment that can be made", async || {
            let answer = self
                .client
                .graphql(
                    "mutation($order: ID!, $key: String!) { createPayment(input: { orderId: $order, idempotencyKey: $key }) {
                        payment { id status clientSecret publishableKey } userErrors { __typename message } } }",
                    json!({ "order": order, "key": key() }),
                )
                .await;
            answer.0.pointer("/data/createPayment/payment/id").and_then(Value::as_str).map(ToOwned::to_owned)
        })
        .await
    }

    /// Confirms a payment with a method such as `pm_card_visa`.
    pub async fn confirm(&self, payment: &str, method: &str, key: &str) -> Answer {
        self.client
            .graphql(
                "mutation($payment: ID!, $method: String!, $key: String!) {
                    confirmPayment(input: { paymentId: $payment, paymentMethod: $method, idempotencyKey: $key }) {
                        payment { id status } userErrors { __typename message } } }",
                json!({ "payment": payment, "method": method, "key": key }),
            )
            .await
    }

    /// Pays an order with a card that works and waits until it is PAID.
    pub async fn pay(&self, order: &str) -> Answer {
        self.wait_for(order, "AWAITING_PAYMENT").await;
        let payment = self.create_payment(order).await;
        let confirmed = self.confirm(&payment, "pm_card_visa", &key()).await;
        assert_eq!(
            confirmed.at("/confirmPayment/userErrors"),
            &json!([]),
            "{confirmed:?}"
        );
        self.wait_for(order, "PAID").await
    }
}
