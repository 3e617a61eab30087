use std::time::Duration;

use futures::{StreamExt, future::join, stream::BoxStream};
use identity::{User, Viewer};
use serde_json::{Value, json};
use serving::config::Settings;
use testkit::{Answer, staff};
use uuid::Uuid;

use crate::shop::{Shop, gid, id, key, shopper};

const EVENTS: &str = "subscription($id: ID!, $after: Int) { orderEvents(orderId: $id, afterVersion: $after) { \
    version type status nextStates snapshot at order { id status lines { name } } } }";

fn watch(
    shop: &Shop,
    viewer: &Viewer,
    order: Uuid,
    after: Option<i64>,
) -> BoxStream<'static, Answer> {
    shop.app.subscribe(
        EVENTS,
        json!({ "id": gid("Order", order), "after": after }),
        viewer.clone(),
    )
}

async fn next(stream: &mut BoxStream<'static, Answer>) -> Option<Answer> {
    tokio::time::timeout(Duration::from_secs(30), stream.next())
        .await
        .unwrap()
}

/// Version, status and whether it is the snapshot.
async fn seen(stream: &mut BoxStream<'static, Answer>) -> (i64, String, bool) {
    let answer = next(stream).await.unwrap();
    let event: &Value = answer.at("/orderEvents");
    (
        event["version"].as_i64().unwrap(),
        event["status"].as_str().unwrap().to_owned(),
        event["snapshot"].as_bool().unwrap(),
    )
}

#[tokio::test]
async fn the_present_comes_first_and_then_every_change_until_the_end() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let mut stream = watch(&shop, &viewer, order, None);
    assert_eq!(seen(&mut stream).await, (1, "PENDING".to_owned(), true));
    let ((), news) = join(shop.reserved(order), seen(&mut stream)).await;
    assert_eq!(news, (2, "AWAITING_PAYMENT".to_owned(), false));
    shop.paid(order, Shop::TOTAL).await;
    let input = json!({ "orderId": gid("Order", order), "idempotencyKey": key() });
    shop.order_mutation(&viewer, "cancelOrder", input).await;
    assert_eq!(seen(&mut stream).await, (3, "PAID".to_owned(), false));
    assert_eq!(seen(&mut stream).await, (4, "CANCELLED".to_owned(), false));
    assert!(
        next(&mut stream).await.is_none(),
        "the stream ends by itself"
    );
    let mut late = watch(&shop, &viewer, order, None);
    assert_eq!(seen(&mut late).await, (4, "CANCELLED".to_owned(), true));
    assert!(next(&mut late).await.is_none());
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn who_comes_back_misses_nothing_and_sees_nothing_twice() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let mut versions = Vec::new();
    let mut stream = watch(&shop, &viewer, order, None);
    versions.push(seen(&mut stream).await.0);
    drop(stream);
    shop.reserved(order).await;
    shop.paid(order, Shop::TOTAL).await;
    for step in ["shipOrder", "deliverOrder"] {
        let mut stream = watch(&shop, &viewer, order, versions.last().copied());
        versions.push(seen(&mut stream).await.0);
        drop(stream);
        shop.order_mutation(&staff(), step, json!({ "orderId": gid("Order", order) }))
            .await;
    }
    let mut stream = watch(&shop, &viewer, order, versions.last().copied());
    while let Some(answer) = next(&mut stream).await {
        versions.push(answer.at("/orderEvents/version").as_i64().unwrap());
    }
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let mut from_the_start = watch(&shop, &viewer, order, Some(0));
    for version in 1..=5 {
        assert_eq!(seen(&mut from_the_start).await.0, version);
    }
    assert!(next(&mut from_the_start).await.is_none());
    assert!(
        next(&mut watch(&shop, &viewer, order, Some(5)))
            .await
            .is_none()
    );
    for wrong in [-1, 6] {
        let answer = next(&mut watch(&shop, &viewer, order, Some(wrong)))
            .await
            .unwrap();
        assert_eq!(answer.code(), "INVALID_INPUT");
    }
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn a_client_that_stalls_is_served_everything_and_harms_nobody() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let mut stalled = watch(&shop, &viewer, order, Some(0));
    let mut lively = watch(&shop, &viewer, order, Some(0));
    assert_eq!(seen(&mut lively).await.0, 1);
    shop.reserved(order).await;
    for _ in 0..300 {
        let payment_id = id();
        shop.tell(
            payment_id,
            &events::payments::PaymentProcessing {
                payment_id,
                order_id: order,
            },
        )
        .await;
    }
    for version in 2..=302 {
        assert_eq!(seen(&mut lively).await.0, version);
    }
    for version in 1..=302 {
        assert_eq!(seen(&mut stalled).await.0, version);
    }
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn a_lost_wake_up_is_made_up_for() {
    let shop = Shop::open_with(Settings::default().with("orders", "stream_poll_ms", 20)).await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let mut stream = watch(&shop, &viewer, order, Some(1));
    let waiting = tokio::spawn(async move { (seen(&mut stream).await, stream) });
    // Written past the commands, so that nobody is woken.
    let insert = format!(
        "INSERT INTO order_events (order_id, version, status, fact, at) \
         SELECT order_id, 2, 'PENDING', '{{\"fact\":\"placed\"}}', 0 FROM order_events WHERE order_id = {}",
        match shop.app.database.backend() {
            sea_orm::DbBackend::Postgres => format!("'{order}'"),
            _ => format!("x'{}'", order.simple()),
        }
    );
    let insert = &insert;
    shop.app
        .database
        .write(|tx| async move {
            use sea_orm::ConnectionTrait;
            tx.execute_unprepared(insert).await?;
            Ok::<_, database::DatabaseError>(())
        })
        .await
        .unwrap();
    assert_eq!(waiting.await.unwrap().0.0, 2);
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn many_streams_that_wait_look_out_together() {
    const STREAMS: u32 = 60;
    let settings = Settings::default()
        .with("orders", "stream_poll_ms", 50)
        .with("orders", "streams_per_user", STREAMS);
    let shop = Shop::open_with(settings).await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let mut waiting = Vec::new();
    for _ in 0..STREAMS {
        let mut stream = watch(&shop, &viewer, order, None);
        assert_eq!(seen(&mut stream).await.0, 1);
        waiting.push(tokio::spawn(async move { seen(&mut stream).await }));
    }
    // Many times what a look takes, in which nothing happens.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = shop.app.database.stats().statements;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = shop.app.database.stats().statements - before;
    assert!(
        (1..=100).contains(&asked),
        "{STREAMS} streams that wait asked {asked} times"
    );
    shop.reserved(order).await;
    for stream in waiting {
        assert_eq!(stream.await.unwrap().0, 2);
    }
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn ends_with_its_reason() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let Viewer::User(user) = &viewer else {
        unreachable!()
    };
    let expires_at = shop.app.clock.now().plus(Duration::from_millis(300));
    let brief = Viewer::User(User {
        expires_at,
        ..user.clone()
    });
    let mut expiring = watch(&shop, &brief, order, None);
    assert_eq!(seen(&mut expiring).await.0, 1);
    let last = next(&mut expiring).await.unwrap();
    assert_eq!(last.code(), "TOKEN_EXPIRED");
    assert_eq!(last.errors()[0]["extensions"]["retryable"], true);
    assert!(next(&mut expiring).await.is_none());
    let mut open = watch(&shop, &viewer, order, None);
    assert_eq!(seen(&mut open).await.0, 1);
    shop.app.shutdown.cancel();
    assert_eq!(next(&mut open).await.unwrap().code(), "GOING_AWAY");
    assert!(next(&mut open).await.is_none());
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn is_for_whom_it_concerns_and_not_too_often() {
    let shop = Shop::open_with(Settings::default().with("orders", "streams_per_user", 2)).await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.app.ignore_events().await;
    assert_eq!(
        next(&mut watch(&shop, &shopper(), order, None))
            .await
            .unwrap()
            .code(),
        "NOT_FOUND"
    );
    assert_eq!(
        next(&mut watch(&shop, &viewer, id(), None))
            .await
            .unwrap()
            .code(),
        "NOT_FOUND"
    );
    let nobody = next(&mut watch(&shop, &Viewer::Anonymous, order, None))
        .await
        .unwrap();
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    assert_eq!(seen(&mut watch(&shop, &staff(), order, None)).await.0, 1);
    let (mut one, mut two) = (
        watch(&shop, &viewer, order, None),
        watch(&shop, &viewer, order, None),
    );
    seen(&mut one).await;
    seen(&mut two).await;
    assert_eq!(
        next(&mut watch(&shop, &viewer, order, None))
            .await
            .unwrap()
            .code(),
        "RATE_LIMITED"
    );
    drop(one);
    assert_eq!(seen(&mut watch(&shop, &viewer, order, None)).await.0, 1);
}
