//! `stockLedger`.

use serde_json::json;
use testkit::staff;

use crate::shop::{mutate, start, stocked};

#[tokio::test]
async fn tells_every_change_newest_first() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 3).await;
    let input = json!({ "variantId": lamp.variant, "delta": 5, "reason": "delivery 4711", "idempotencyKey": app.clock.id() });
    mutate(&app, "adjustStock", "AdjustStockInput", "replayed", input).await;
    app.ignore_events().await;
    let ledger = "query($id: ID!, $first: Int, $after: String) { stockLedger(variantId: $id, first: $first, after: $after) {
        nodes { number kind onHandChange onHand reason actorId } edges { cursor } pageInfo { hasNextPage endCursor } } }";
    let read = async |after: Option<&str>| {
        let variables = json!({ "id": lamp.variant, "first": 1, "after": after });
        app.graphql(ledger)
            .variables(variables)
            .viewer(&staff())
            .send()
            .await
    };
    let newest = read(None).await;
    assert_eq!(newest.at("/stockLedger/nodes/0/reason"), "delivery 4711");
    assert_eq!(newest.at("/stockLedger/nodes/0/onHandChange"), 5);
    let oldest = read(Some(&newest.text("/stockLedger/pageInfo/endCursor"))).await;
    assert_eq!(oldest.at("/stockLedger/nodes/0/number"), 1);
    assert_eq!(
        oldest.at("/stockLedger/pageInfo/hasNextPage"),
        &json!(false)
    );
}
