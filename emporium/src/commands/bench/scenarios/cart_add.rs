//! A signed-in shopper adds a product to the cart.

use serde_json::json;

use crate::commands::bench::{
    load::{Client, Measurement, closed_loop},
    run::Subject,
    shopper::Shopper,
};

/// Carts are emptied when so much was added: they have room for 50 lines.
const FULL: u32 = 20;

const CLEAR: &str = "mutation Clear($input: ClearCartInput!) {
  clearCart(input: $input) { cart { id } userErrors { message } }
}";

struct Adder {
    shopper: Shopper,
    cart: String,
    added: u32,
}

/// With so many shoppers.
pub(in crate::commands::bench) async fn cart_add(
    subject: &Subject<'_>,
    clients: u32,
) -> Result<Measurement, String> {
    let shoppers = Shopper::crowd(&subject.target, &subject.catalogue, clients).await?;
    let crowd = shoppers
        .into_iter()
        .map(|shopper| Adder {
            shopper,
            cart: String::new(),
            added: 0,
        })
        .collect();
    Ok(closed_loop(crowd, subject.span, &subject.process).await)
}

impl Client for Adder {
    async fn prepare(&mut self) -> Result<(), String> {
        if self.added == FULL {
            let input = json!({ "input": { "cartId": self.cart } });
            self.shopper
                .connection
                .change("clearCart", CLEAR, input)
                .await?;
            self.added = 0;
        }
        Ok(())
    }

    async fn act(&mut self) -> Result<(), String> {
        self.added += 1;
        self.cart = self.shopper.add().await?;
        Ok(())
    }
}
