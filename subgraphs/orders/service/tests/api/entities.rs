use identity::Viewer;
use serde_json::json;
use testkit::staff;

use crate::shop::{Shop, gid, id, shopper};

const ENTITIES: &str = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Order { id number lines { name } } } }";

#[tokio::test]
async fn an_order_is_found_by_its_key_by_whom_it_concerns() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let (one, two, foreign) = (
        shop.ordered(&viewer).await,
        shop.ordered(&viewer).await,
        shop.ordered(&shopper()).await,
    );
    shop.app.ignore_events().await;
    let of = [one, foreign, two, id()]
        .map(|order| json!({ "__typename": "Order", "id": gid("Order", order) }));
    let before = shop.app.database.stats().statements;
    let own = shop.send(&viewer, ENTITIES, json!({ "of": of })).await;
    assert_eq!(shop.app.database.stats().statements - before, 2);
    assert_eq!(own.at("/_entities/0/id"), &json!(gid("Order", one)));
    assert_eq!(own.at("/_entities/1"), &json!(null));
    assert_eq!(own.at("/_entities/2/lines/0/name"), "Mug, Blue");
    assert_eq!(own.at("/_entities/3"), &json!(null));
    let nobody = shop
        .send(&Viewer::Anonymous, ENTITIES, json!({ "of": of }))
        .await;
    assert_eq!(nobody.at("/_entities"), &json!([null, null, null, null]));
    let everyone = shop.send(&staff(), ENTITIES, json!({ "of": of })).await;
    assert_eq!(
        everyone.at("/_entities/1/id"),
        &json!(gid("Order", foreign))
    );
    let odd = json!([{ "__typename": "Order", "id": "nonsense" }]);
    assert_eq!(
        shop.send(&viewer, ENTITIES, json!({ "of": odd }))
            .await
            .at("/_entities/0"),
        &json!(null)
    );
}
