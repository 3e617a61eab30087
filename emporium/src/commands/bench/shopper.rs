//! Somebody with an account who buys.

use std::sync::Arc;

use clock::Clock;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::{
    catalogue::Catalogue,
    chance::Chance,
    connection::{Connection, Target},
};

/// Accounts made at once: password hashing takes a core each.
const AT_ONCE: usize = 2;

const REGISTER: &str = "mutation Register($input: RegisterInput!) {
  register(input: $input) { session { accessToken } userErrors { message } }
}";
const LOG_IN: &str = "mutation LogIn($input: LogInInput!) {
  logIn(input: $input) { session { accessToken } userErrors { message } }
}";
const CANCEL: &str = "mutation Cancel($input: CancelOrderInput!) {
  cancelOrder(input: $input) { order { id status } userErrors { message } }
}";
const ADD: &str = "mutation Add($input: AddToCartInput!) {
  addToCart(input: $input) { cart { id quantity totals { total { units } } } userErrors { message } }
}";
const ADDRESS: &str = "mutation Address($input: SetCartAddressInput!) {
  setCartAddress(input: $input) { cart { id totals { total { units } } } userErrors { message } }
}";
const PLACE: &str = "mutation Place($input: PlaceOrderInput!) {
  placeOrder(input: $input) { order { id number status } userErrors { message } }
}";

/// A shopper who is logged in, on a connection of their own.
pub(super) struct Shopper {
    pub(super) connection: Connection,
    pub(super) token: String,
    pub(super) chance: Chance,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) clock: Clock,
}

impl Shopper {
    async fn register(
        target: &Target,
        catalogue: Arc<Catalogue>,
        number: u32,
    ) -> Result<Self, String> {
        let clock = Clock::system();
        let mut connection = Connection::open(target).await?;
        let input = json!({
            "email": format!("bench-{}@example.com", clock.id()),
            "password": "measured-by-the-emporium",
        });
        let payload = connection
            .change("register", REGISTER, json!({ "input": input }))
            .await?;
        Self::with(connection, &payload, catalogue, number)
    }

    fn with(
        mut connection: Connection,
        payload: &Value,
        catalogue: Arc<Catalogue>,
        number: u32,
    ) -> Result<Self, String> {
        let token = payload["session"]["accessToken"]
            .as_str()
            .ok_or("there was no token in the answer")?
            .to_owned();
        connection.sign_in(&token);
        Ok(Self {
            connection,
            token,
            chance: Chance::of(number),
            catalogue,
            clock: Clock::system(),
        })
    }

    /// Somebody of the staff, from the demo seed.
    pub(super) async fn staff(target: &Target, catalogue: &Arc<Catalogue>) -> Result<Self, String> {
        let known = users::DEMO_ACCOUNTS.iter();
        let (email, password, ..) = known
            .copied()
            .find(|(_, _, _, roles)| roles.contains(&identity::Role::Staff))
            .ok_or("the demo seed has no staff")?;
        let mut connection = Connection::open(target).await?;
        let input = json!({ "email": email, "password": password });
        let payload = connection
            .change("logIn", LOG_IN, json!({ "input": input }))
            .await?;
        Self::with(connection, &payload, Arc::clone(catalogue), 0)
    }

    /// So many shoppers, with new accounts.
    pub(super) async fn crowd(
        target: &Target,
        catalogue: &Arc<Catalogue>,
        count: u32,
    ) -> Result<Vec<Self>, String> {
        stream::iter(0..count)
            .map(|number| Self::register(target, Arc::clone(catalogue), number))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Puts one piece of something into the cart; the cart's id.
    pub(super) async fn add(&mut self) -> Result<String, String> {
        let variant = self.chance.pick(&self.catalogue.variants).to_owned();
        self.add_this(&variant).await
    }

    /// The same with a certain variant.
    pub(super) async fn add_this(&mut self, variant: &str) -> Result<String, String> {
        let input = json!({ "variantId": variant, "quantity": 1 });
        let payload = self
            .connection
            .change("addToCart", ADD, json!({ "input": input }))
            .await?;
        Ok(payload["cart"]["id"]
            .as_str()
            .ok_or("addToCart gave no cart")?
            .to_owned())
    }

    /// Says where the cart goes.
    pub(super) async fn address(&mut self, cart: &str) -> Result<(), String> {
        let address = json!({
            "name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London",
            "postalCode": "SW1Y 4JH", "country": "GB",
        });
        let input = json!({ "cartId": cart, "address": address });
        self.connection
            .change("setCartAddress", ADDRESS, json!({ "input": input }))
            .await
            .map(drop)
    }

    /// Cancels an order.
    pub(super) async fn cancel(&mut self, order: &str) -> Result<(), String> {
        let input = json!({ "orderId": order, "idempotencyKey": self.clock.id() });
        self.connection
            .change("cancelOrder", CANCEL, json!({ "input": input }))
            .await
            .map(drop)
    }

    /// Orders the cart; the order's id.
    pub(super) async fn place(&mut self, cart: &str) -> Result<String, String> {
        let input = json!({ "cartId": cart, "idempotencyKey": self.clock.id() });
        let payload = self
            .connection
            .change("placeOrder", PLACE, json!({ "input": input }))
            .await?;
        Ok(payload["order"]["id"]
            .as_str()
            .ok_or("placeOrder gave no order")?
            .to_owned())
    }
}
