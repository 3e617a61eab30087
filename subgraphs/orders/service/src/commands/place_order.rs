//! A cart becomes an order. Whether the stock is there, products decides. Whoever asks for it is refused at once what
//! orders' own copy knows to be short, and keeps the cart.

use std::collections::HashMap;

use database::{
    Tx,
    idempotency::{Once, Seen},
};
use fault::Fault;
use messaging::outbox;
use money::Money;
use orders_domain::{Offer, Order, OrderLine, OrderNumber, Purchase, Totals, totals};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{announce::announce, shop::Shop, step};
use crate::store::{
    self,
    carts::{Holder, StoredCart},
};

/// What to order.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) cart_id: Uuid,
    pub(crate) if_version: Option<i64>,
    /// In minor units: what the customer was shown.
    pub(crate) expected_total: Option<i64>,
    /// Refuse what is known to be short, instead of leaving the judgement to products.
    pub(crate) only_if_available: bool,
}

/// Why no order was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub(crate) enum PlaceRefusal {
    /// The cart is at another version.
    Stale { current: i64 },
    /// The key was used with another input.
    Conflict,
    /// There is nothing in the cart.
    Empty,
    /// The cart has no address.
    NoAddress,
    /// A line cannot be bought.
    NotForSale { variant_id: Uuid },
    /// There is less than a line asks for.
    OutOfStock {
        line_id: Uuid,
        variant_id: Uuid,
        available: u32,
    },
    /// The total is not the expected one.
    OtherTotal { expected: Money, actual: Money },
    /// The total is beyond all measure.
    TooMuch,
}

/// What came of it. Kept under the idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) order_id: Option<Uuid>,
    pub(crate) refusals: Vec<PlaceRefusal>,
}

/// What is answered.
pub(crate) struct Answer {
    /// The order that was placed just now.
    pub(crate) order: Option<Order>,
    pub(crate) outcome: Outcome,
    pub(crate) replayed: bool,
}

/// Places the order of `user` and empties the cart. Not found when the cart is not theirs.
pub(crate) async fn run(shop: &Shop, user: Uuid, key: Uuid, input: Input) -> Result<Answer, Fault> {
    let once = Once::new(user.to_string(), "placeOrder", Some(key), &input);
    let (once, input) = (&once, &input);
    shop.database
        .write(|tx| async move {
            match once.look::<Outcome>(&tx).await? {
                Seen::Before(outcome) => {
                    return Ok(Answer {
                        order: None,
                        outcome,
                        replayed: true,
                    });
                }
                Seen::Otherwise => {
                    let outcome = Outcome {
                        order_id: None,
                        refusals: vec![PlaceRefusal::Conflict],
                    };
                    return Ok(Answer {
                        order: None,
                        outcome,
                        replayed: false,
                    });
                }
                Seen::Never => {}
            }
            let cart = store::carts::lock(&tx, &Holder::User(user))
                .await?
                .filter(|cart| cart.id == input.cart_id)
                .ok_or_else(|| Fault::not_found("cart"))?;
            let placed = place(&tx, shop, user, cart, input).await?;
            let (order, outcome) = match placed {
                Ok(order) => {
                    let outcome = Outcome {
                        order_id: Some(order.id),
                        refusals: Vec::new(),
                    };
                    (Some(order), outcome)
                }
                Err(refusals) => (
                    None,
                    Outcome {
                        order_id: None,
                        refusals,
                    },
                ),
            };
            once.keep(&tx, &outcome).await?;
            Ok(Answer {
                order,
                outcome,
                replayed: false,
            })
        })
        .await
}

async fn place(
    tx: &Tx,
    shop: &Shop,
    user: Uuid,
    cart: StoredCart,
    input: &Input,
) -> Result<Result<Order, Vec<PlaceRefusal>>, Fault> {
    let variants: Vec<Uuid> = cart
        .lines
        .lines()
        .iter()
        .map(|line| line.variant_id)
        .collect();
    let offers = store::offers::load(tx, &variants).await?;
    let (cart_id, kept) = (cart.id, shop.settings.user_cart);
    let (purchase, lines) = match decide(shop, user, cart, &offers, input) {
        Ok(decided) => decided,
        Err(refusals) => return Ok(Err(refusals)),
    };
    let (order, fact) = Order::place(purchase, shop.clock.now());
    store::orders::insert(tx, &order, &lines).await?;
    store::order_events::append(tx, &order, &fact, order.placed_at).await?;
    store::carts::delete_lines(tx, cart_id).await?;
    store::carts::touch(tx, cart_id, kept).await?;
    outbox::append(tx, vec![announce(shop, &order, &fact, &lines)?]).await?;
    step::wake(tx, shop, &order);
    Ok(Ok(order))
}

fn decide(
    shop: &Shop,
    user: Uuid,
    cart: StoredCart,
    offers: &HashMap<Uuid, Offer>,
    input: &Input,
) -> Result<(Purchase, Vec<OrderLine>), Vec<PlaceRefusal>> {
    let rules = &shop.settings.rules;
    if input
        .if_version
        .is_some_and(|version| version != cart.version)
    {
        return Err(vec![PlaceRefusal::Stale {
            current: cart.version,
        }]);
    }
    if cart.lines.lines().is_empty() {
        return Err(vec![PlaceRefusal::Empty]);
    }
    let mut refusals = Vec::new();
    let mut wanted = Vec::with_capacity(cart.lines.lines().len());
    for line in cart.lines.lines() {
        let variant_id = line.variant_id;
        match offers
            .get(&variant_id)
            .filter(|offer| offer.sells_in(rules.currency))
        {
            None => refusals.push(PlaceRefusal::NotForSale { variant_id }),
            Some(offer) if input.only_if_available && offer.available < line.quantity => {
                refusals.push(PlaceRefusal::OutOfStock {
                    line_id: line.id,
                    variant_id,
                    available: offer.available,
                });
            }
            Some(offer) => wanted.push((line, offer)),
        }
    }
    let Some(address) = cart.address else {
        refusals.push(PlaceRefusal::NoAddress);
        return Err(refusals);
    };
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let priced: Vec<(Money, u32)> = wanted
        .iter()
        .map(|(line, offer)| (offer.price, line.quantity))
        .collect();
    let (sum, amounts) = totals(&priced, rules).map_err(|_| vec![PlaceRefusal::TooMuch])?;
    expected(sum, input)?;
    let lines = wanted
        .into_iter()
        .zip(amounts)
        .map(|((line, offer), amounts)| OrderLine {
            id: line.id,
            variant_id: line.variant_id,
            sku: offer.sku.clone(),
            name: offer.name.clone(),
            quantity: line.quantity,
            unit_price: offer.price,
            subtotal: amounts.subtotal,
            tax: amounts.tax,
        })
        .collect();
    let purchase = Purchase {
        id: shop.clock.id(),
        number: OrderNumber::from_random(shop.clock.bytes()),
        customer_id: user,
        address,
        totals: sum,
    };
    Ok((purchase, lines))
}

fn expected(sum: Totals, input: &Input) -> Result<(), Vec<PlaceRefusal>> {
    match input.expected_total {
        Some(units) if units != sum.total.units() => Err(vec![PlaceRefusal::OtherTotal {
            expected: Money::new(units, sum.total.currency()),
            actual: sum.total,
        }]),
        _ => Ok(()),
    }
}
