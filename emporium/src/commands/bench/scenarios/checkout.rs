//! A whole purchase by a shopper who is logged in: search, detail, two adds, address, placeOrder, AWAITING_PAYMENT by
//! subscription, pay, PAID by subscription. The shopper keeps one WebSocket and opens a subscription for each order.

use serde_json::json;

use super::{Detail, Search};
use crate::commands::bench::{
    load::{Client, Measurement, closed_loop},
    run::Subject,
    shopper::Shopper,
    stream::Stream,
};

const CREATE: &str = "mutation Create($input: CreatePaymentInput!) {
  createPayment(input: $input) { payment { id status clientSecret publishableKey } userErrors { message } }
}";
const CONFIRM: &str = "mutation Confirm($input: ConfirmPaymentInput!) {
  confirmPayment(input: $input) { payment { id status } userErrors { message } }
}";

struct Buyer {
    shopper: Shopper,
    stream: Stream,
}

/// With so many shoppers.
pub(in crate::commands::bench) async fn checkout(
    subject: &Subject<'_>,
    clients: u32,
) -> Result<Measurement, String> {
    let mut crowd = Vec::new();
    for shopper in Shopper::crowd(&subject.target, &subject.catalogue, clients).await? {
        let stream = Stream::open(&subject.target, &shopper.token).await?;
        crowd.push(Buyer { shopper, stream });
    }
    Ok(closed_loop(crowd, subject.span, &subject.process).await)
}

impl Client for Buyer {
    async fn act(&mut self) -> Result<(), String> {
        let Self { shopper, stream } = self;
        let word = shopper.chance.pick(&shopper.catalogue.words);
        Search::look(&mut shopper.connection, word).await?;
        let slug = shopper.chance.pick(&shopper.catalogue.slugs);
        Detail::look(&mut shopper.connection, slug).await?;
        shopper.add().await?;
        let cart = shopper.add().await?;
        shopper.address(&cart).await?;
        let order = shopper.place(&cart).await?;
        stream.watch(&order).await?;
        stream.wait_for("AWAITING_PAYMENT").await?;
        pay(shopper, &order).await?;
        stream.wait_for("PAID").await?;
        stream.leave().await
    }
}

async fn pay(shopper: &mut Shopper, order: &str) -> Result<(), String> {
    let input = json!({ "orderId": order, "idempotencyKey": shopper.clock.id() });
    let created = shopper
        .connection
        .change("createPayment", CREATE, json!({ "input": input }))
        .await?;
    let payment = created["payment"]["id"]
        .as_str()
        .ok_or("createPayment gave no payment")?;
    let input = json!({ "paymentId": payment, "paymentMethod": "pm_card_visa", "idempotencyKey": shopper.clock.id() });
    shopper
        .connection
        .change("confirmPayment", CONFIRM, json!({ "input": input }))
        .await
        .map(drop)
}
