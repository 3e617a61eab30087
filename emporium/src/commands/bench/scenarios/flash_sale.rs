//! Everybody wants the same thing at the same moment: cart, address and order, 10,000 times over, and the sale is
//! over when the stock of all of them is reserved.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinSet;

use crate::commands::bench::{load::Measurement, run::Subject, shopper::Shopper};

const ORDERS: u32 = 10_000;
/// Shoppers at once.
pub(in crate::commands::bench) const FLASH_SALE_SHOPPERS: u32 = 64;
const PATIENCE: Duration = Duration::from_mins(15);
const POLL: Duration = Duration::from_millis(20);

const STOCK: &str = "query Stock($ids: [ID!]!) { stock(variantIds: $ids) { available } }";
const ADJUST: &str = "mutation Adjust($input: AdjustStockInput!) {
  adjustStock(input: $input) { userErrors { message } }
}";

#[derive(Deserialize)]
struct Answer {
    stock: Vec<Stock>,
}

#[derive(Deserialize)]
struct Stock {
    available: i64,
}

/// Latencies are those of placeOrder, and the rate is that of whole reservations.
pub(in crate::commands::bench) async fn flash_sale(
    subject: &Subject<'_>,
) -> Result<Measurement, String> {
    let variant = subject
        .catalogue
        .variants
        .first()
        .ok_or("there is nothing to sell")?;
    let mut staff = Shopper::staff(&subject.target, &subject.catalogue).await?;
    let missing = i64::from(ORDERS) - available(&mut staff, variant).await?;
    let input = json!({
        "variantId": variant, "delta": missing, "reason": "measured", "idempotencyKey": staff.clock.id(),
    });
    staff
        .connection
        .change("adjustStock", ADJUST, json!({ "input": input }))
        .await?;
    let crowd = Shopper::crowd(&subject.target, &subject.catalogue, FLASH_SALE_SHOPPERS).await?;
    let before = subject.process.cpu();
    let began = Instant::now();
    let mut shoppers = JoinSet::new();
    for (number, shopper) in (0_u32..).zip(crowd) {
        let share = ORDERS / FLASH_SALE_SHOPPERS + u32::from(number < ORDERS % FLASH_SALE_SHOPPERS);
        shoppers.spawn(buy(shopper, variant.clone(), share));
    }
    let mut measured = Measurement::default();
    while let Some(bought) = shoppers.join_next().await {
        for outcome in bought.map_err(|error| format!("a shopper ended early: {error}"))? {
            measured.note(outcome);
        }
    }
    while available(&mut staff, variant).await? > 0 {
        if began.elapsed() > PATIENCE {
            return Err("the sale does not come to its end".to_owned());
        }
        tokio::time::sleep(POLL).await;
    }
    measured.span = began.elapsed();
    measured.cpu = before
        .zip(subject.process.cpu())
        .map(|(before, after)| after.saturating_sub(before));
    measured.rss_mb = subject.process.rss_mb();
    Ok(measured)
}

/// Orders one piece so many times.
async fn buy(mut shopper: Shopper, variant: String, times: u32) -> Vec<Result<Duration, String>> {
    let mut outcomes = Vec::new();
    for _ in 0..times {
        outcomes.push(order(&mut shopper, &variant).await);
    }
    outcomes
}

async fn order(shopper: &mut Shopper, variant: &str) -> Result<Duration, String> {
    let cart = shopper.add_this(variant).await?;
    shopper.address(&cart).await?;
    let began = Instant::now();
    shopper.place(&cart).await?;
    Ok(began.elapsed())
}

async fn available(shopper: &mut Shopper, variant: &str) -> Result<i64, String> {
    let answer: Answer = shopper
        .connection
        .ask(STOCK, json!({ "ids": [variant] }))
        .await?;
    Ok(answer.stock.first().map_or(0, |stock| stock.available))
}
