//! Somebody with an account who buys.

use std::sync::Arc;

use clock::Clock;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

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
        let token = payload["session"]["accessToken"]
            .as_str()
            .ok_or("register gave no token")?
            .to_owned();
        connection.sign_in(&token);
        Ok(Self {
            connection,
            token,
            chance: Chance::of(number),
            catalogue,
            clock,
        })
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
        let input =
            json!({ "variantId": self.chance.pick(&self.catalogue.variants), "quantity": 1 });
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
