use std::time::Duration;

use events::users::SessionRevoked;
use futures::StreamExt;
use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, gid, shopper};

#[tokio::test]
async fn the_streams_of_an_ended_session_end() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.app.ignore_events().await;
    let document = "subscription($id: ID!) { orderEvents(orderId: $id) { version } }";
    let watch = |viewer: &Viewer| {
        shop.app.subscribe(
            document,
            json!({ "id": gid("Order", order) }),
            viewer.clone(),
        )
    };
    let Viewer::User(user) = &viewer else {
        unreachable!()
    };
    let elsewhere = Viewer::User(identity::User {
        session_id: crate::shop::id(),
        ..user.clone()
    });
    let (mut here, mut there) = (watch(&viewer), watch(&elsewhere));
    assert_eq!(here.next().await.unwrap().at("/orderEvents/version"), 1);
    assert_eq!(there.next().await.unwrap().at("/orderEvents/version"), 1);
    let until = shop.app.clock.now().plus(Duration::from_mins(15));
    let event = SessionRevoked {
        user_id: user.id,
        session_id: user.session_id,
        until,
    };
    shop.tell(user.id, &event).await;
    let last = tokio::time::timeout(Duration::from_secs(30), here.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(last.code(), "TOKEN_REVOKED");
    assert!(here.next().await.is_none());
    assert!(shop.app.verifier.is_revoked(user.session_id));
    assert_eq!(watch(&viewer).next().await.unwrap().code(), "TOKEN_REVOKED");
    // The user's other session goes on.
    shop.reserved(order).await;
    assert_eq!(there.next().await.unwrap().at("/orderEvents/version"), 2);
    shop.app.ignore_events().await;
}
