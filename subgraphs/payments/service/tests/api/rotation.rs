//! A webhook secret is changed for another one, and no event is lost on the way.

use http::StatusCode;

use crate::{
    shop::{Customer, OLD_WEBHOOK_SECRET as OLD, Shop, WEBHOOK_SECRET as NEW},
    webhooks::{event, signed},
};

/// A shop that takes webhooks signed with one of these.
async fn shop_with(secrets: &[&str]) -> Shop {
    Shop::deaf_with(|settings| settings.with("payments", "webhook_secrets", secrets.to_vec())).await
}

/// A payment that was made at Stripe behind the shop's back, and the webhook that tells of it.
async fn paid_unheard(shop: &Shop) -> (Customer, String, String) {
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let list = shop.stripe("/payment_intents?limit=1").await;
    let intent = list["data"][0]["id"].as_str().unwrap().to_owned();
    shop.post_to_stripe(
        &format!("/payment_intents/{intent}/confirm"),
        "payment_method=pm_card_visa&return_url=http://shop.test/",
    )
    .await;
    let body = event(shop, "payment_intent.succeeded").await.to_string();
    (customer, payment, body)
}

/// The header while Stripe signs with the old secret and the new one: two signatures of one time.
fn signed_by_both(body: &str, first: &str, second: &str, now: i64) -> String {
    let second = signed(body, second, now);
    let (_, signature) = second.split_once(",v1=").unwrap();
    let signature = signature.split(',').next().unwrap();
    format!("t={now},v1={},v1={signature}", {
        let first = signed(body, first, now);
        let (_, signature) = first.split_once(",v1=").unwrap();
        signature.split(',').next().unwrap().to_owned()
    })
}

/// Each step of the rotation: what the shop has, and the signatures that Stripe may send then.
#[tokio::test]
async fn at_no_step_of_a_rotation_is_an_event_refused() {
    for (configured, signers) in [
        // Before Stripe is told to roll the secret, and with the new one configured ahead of it or not yet.
        (&[OLD][..], &[(OLD, OLD)][..]),
        // Stripe signs with both until the old one expires, in either order.
        (&[OLD], &[(OLD, NEW), (NEW, OLD)]),
        (
            &[OLD, NEW],
            &[(OLD, OLD), (OLD, NEW), (NEW, OLD), (NEW, NEW)],
        ),
        (&[NEW], &[(OLD, NEW), (NEW, OLD), (NEW, NEW)]),
    ] {
        let shop = shop_with(configured).await;
        for (first, second) in signers {
            let (customer, payment, body) = paid_unheard(&shop).await;
            let now = shop.app.clock.now().as_seconds();
            let header = if first == second {
                signed(&body, first, now)
            } else {
                signed_by_both(&body, first, second, now)
            };
            assert_eq!(
                shop.webhook(body, &header).await,
                StatusCode::OK,
                "{configured:?} {header}"
            );
            assert_eq!(shop.look(&customer, &payment).await["status"], "SUCCEEDED");
        }
        shop.app.ignore_events().await;
    }
}

#[tokio::test]
async fn a_secret_that_is_no_longer_configured_is_good_for_nothing() {
    let shop = shop_with(&[NEW]).await;
    let (customer, payment, body) = paid_unheard(&shop).await;
    let now = shop.app.clock.now().as_seconds();
    let header = signed(&body, OLD, now);
    assert_eq!(shop.webhook(body, &header).await, StatusCode::BAD_REQUEST);
    assert_eq!(shop.look(&customer, &payment).await["status"], "CREATED");
    // Stripe keeps what was refused; the shop finds it there.
    shop.run_job("payments.catch_up").await;
    assert_eq!(shop.look(&customer, &payment).await["status"], "SUCCEEDED");
    shop.app.ignore_events().await;
}
