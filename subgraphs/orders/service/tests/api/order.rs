use identity::Viewer;
use serde_json::json;
use testkit::{staff, with_scopes};

use crate::shop::{Shop, gid, id, shopper};

#[tokio::test]
async fn is_found_by_id_and_by_number_as_people_write_it() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let document = "query($by: OrderBy!) { order(by: $by) { id number status version customer { id } placedAt \
        address { name line1 postalCode country } totals { subtotal { units } shipping { units } tax { units } \
        total { units decimal } } lines { id sku name quantity unitPrice { units } total { units } tax { units } \
        variant { id } } events { version type status at order { id } } } }";
    let shown = shop
        .send(
            &viewer,
            document,
            json!({ "by": { "id": gid("Order", order) } }),
        )
        .await;
    assert_eq!(
        shown.at("/order/totals/total"),
        &json!({ "units": 1_735, "decimal": "17.35" })
    );
    assert_eq!(shown.at("/order/lines/0/name"), "Mug, Blue");
    assert_eq!(shown.at("/order/events/0/type"), "PLACED");
    assert_eq!(shown.at("/order/address/postalCode"), "SW1Y 4JH");
    let sloppy = shown.text("/order/number").to_lowercase().replace('-', " ");
    let found = shop
        .send(&viewer, document, json!({ "by": { "number": sloppy } }))
        .await;
    assert_eq!(found.at("/order/id"), shown.at("/order/id"));
    let wrong = shop
        .send(
            &viewer,
            document,
            json!({ "by": { "number": "0000-0000-0001" } }),
        )
        .await;
    assert_eq!(wrong.code(), "INVALID_INPUT");
    let both = json!({ "by": { "id": gid("Order", order), "number": sloppy } });
    assert_eq!(
        shop.send(&viewer, document, both).await.code(),
        "INVALID_INPUT"
    );
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn of_someone_else_there_is_none_but_for_staff() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let number = shop
        .send(
            &viewer,
            "query($id: ID!) { order(by: { id: $id }) { number } }",
            json!({ "id": gid("Order", order) }),
        )
        .await
        .text("/order/number");
    let other_staff = with_scopes(&[identity::Scope::CatalogWrite]);
    for stranger in [&shopper(), &other_staff] {
        assert_eq!(shop.order(stranger, order).await.at("/order"), &json!(null));
        let document = "query($n: String!) { order(by: { number: $n }) { id } }";
        assert_eq!(
            shop.send(stranger, document, json!({ "n": number }))
                .await
                .at("/order"),
            &json!(null)
        );
    }
    assert_eq!(shop.order(&viewer, id()).await.at("/order"), &json!(null));
    assert_eq!(
        shop.order(&Viewer::Anonymous, order).await.code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(shop.status(&staff(), order).await, "PENDING");
    shop.app.ignore_events().await;
}
