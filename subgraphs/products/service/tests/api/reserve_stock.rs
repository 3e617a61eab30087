//! `reserveStock`.

use serde_json::{Value, json};
use testkit::Answer;

use crate::shop::{App, Goods, kinds, ledger_sums, levels, mutate, refusal, start, stocked};

/// Promises stock as staff.
pub(crate) async fn reserve(app: &App, of: &[(&Goods, i64)], seconds: i64) -> Answer {
    let lines: Vec<Value> = of
        .iter()
        .map(|(goods, quantity)| json!({ "variantId": goods.variant, "quantity": quantity }))
        .collect();
    let input = json!({ "lines": lines, "seconds": seconds, "idempotencyKey": app.clock.id() });
    mutate(
        app,
        "reserveStock",
        "ReserveStockInput",
        "reservation { id state expiresAt lines { quantity variant { sku } } }",
        input,
    )
    .await
}

#[tokio::test]
async fn holds_all_lines_or_none() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 5).await,
        stocked(&app, "spoon", 2).await,
    );
    let held = reserve(&app, &[(&lamp, 3), (&spoon, 2)], 60).await;
    assert_eq!(held.at("/reserveStock/reservation/state"), "HELD");
    assert_eq!(
        (levels(&app, &lamp).await, levels(&app, &spoon).await),
        ((5, 3), (2, 2))
    );
    assert_eq!(
        kinds(&app.events().await),
        ["stock.changed.v1", "stock.changed.v1", "stock.low.v1"],
        "the spoons are sold out"
    );
    let short = reserve(&app, &[(&lamp, 1), (&spoon, 1)], 60).await;
    assert_eq!(refusal(&short), "StockShortage");
    assert_eq!(short.at("/reserveStock/userErrors/0/available"), 0);
    assert_eq!(
        levels(&app, &lamp).await,
        (5, 3),
        "nothing of a short reservation is kept"
    );
    assert_eq!(ledger_sums(&app, &lamp).await, (5, 3));
    for (quantity, seconds) in [(0, 60), (-1, 60), (2_000_000, 60), (1, 0), (1, -5)] {
        assert_eq!(
            refusal(&reserve(&app, &[(&lamp, quantity)], seconds).await),
            "InvalidInput"
        );
    }
}

#[tokio::test]
async fn concurrent_reservations_never_oversell() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 10).await,
        stocked(&app, "spoon", 15).await,
    );
    let tries = (0..30).map(|number| {
        let (app, lamp, spoon) = (&app, &lamp, &spoon);
        async move {
            let two = if number % 2 == 0 {
                [lamp, spoon]
            } else {
                [spoon, lamp]
            };
            let lines: Vec<_> = two
                .iter()
                .map(|goods| json!({ "variantId": goods.variant, "quantity": 1 }))
                .collect();
            let input = json!({ "lines": lines, "idempotencyKey": app.clock.id() });
            let answer = mutate(
                app,
                "reserveStock",
                "ReserveStockInput",
                "reservation { id }",
                input,
            )
            .await;
            usize::from(!answer.at("/reserveStock/reservation").is_null())
        }
    });
    let held: usize = futures::future::join_all(tries).await.into_iter().sum();
    assert_eq!(
        (held, levels(&app, &lamp).await, levels(&app, &spoon).await),
        (10, (10, 10), (15, 10))
    );
    app.ignore_events().await;
}
