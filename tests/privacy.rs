//! Nobody reads or changes what is not theirs, whatever field returns it (I6).
#![expect(clippy::expect_used, reason = "a test may panic")]

use serde_json::{Value, json};
use system_tests::{IMPATIENT, Shopper, Stage, key, search};

system_tests::both!(what_is_someone_elses_is_not_found, IMPATIENT);

async fn what_is_someone_elses_is_not_found(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 5).await;
    let owner = Shopper::register(&client).await;
    let order = owner.order(&found.variant, 1).await;
    owner.wait_for(&order, "AWAITING_PAYMENT").await;
    let payment = owner.create_payment(&order).await;
    owner.add(&found.variant, 1).await;
    let cart = owner.set_address().await;
    let thief = Shopper::register(&client).await;
    let attempts = [
        ("query($id: ID!) { order(by: { id: $id }) { id } }", &order),
        ("query($id: ID!) { payment(id: $id) { id } }", &payment),
        (
            "mutation($id: ID!, $key: String!) { cancelOrder(input: { orderId: $id, idempotencyKey: $key }) { order { id } userErrors { message } } }",
            &order,
        ),
        (
            "mutation($id: ID!, $key: String!) { createPayment(input: { orderId: $id, idempotencyKey: $key }) { payment { id } userErrors { message } } }",
            &order,
        ),
        (
            "mutation($id: ID!, $key: String!) { confirmPayment(input: { paymentId: $id, paymentMethod: \"pm_card_visa\", idempotencyKey: $key }) { payment { id } userErrors { message } } }",
            &payment,
        ),
        (
            "mutation($id: ID!, $key: String!) { placeOrder(input: { cartId: $id, idempotencyKey: $key }) { order { id } userErrors { message } } }",
            &cart,
        ),
    ];
    for (document, id) in attempts {
        let variables = if document.contains("$key") {
            json!({ "id": id, "key": key() })
        } else {
            json!({ "id": id })
        };
        let answer = thief.client.graphql(document, variables).await;
        let nothing = !answer.0["data"].to_string().contains(id.as_str());
        assert!(nothing, "a thief sees {document}: {answer:?}");
        let refused = answer
            .errors()
            .first()
            .map(|error| error["extensions"]["code"].clone());
        let null = answer.0["data"]
            .as_object()
            .is_some_and(|data| data.values().all(Value::is_null));
        assert!(
            refused == Some(json!("NOT_FOUND")) || (refused.is_none() && null),
            "{document}: {answer:?}"
        );
    }
    let mut stream = thief.watch(&order, None).await;
    let event = stream.next().await.expect("an answer");
    assert_eq!(event.code(), "NOT_FOUND");
    assert_eq!(
        owner.show(&order).await.at("/order/status"),
        "AWAITING_PAYMENT"
    );
    shop.close().await;
}

system_tests::both!(tokens_that_are_not_ours_are_refused);

async fn tokens_that_are_not_ours_are_refused(shop: Stage) {
    let client = shop.client();
    let shopper = Shopper::register(&client).await;
    let token = shopper.client.token.clone().unwrap_or_default();
    let mut parts = token.split('.');
    let (header, payload) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    // {"alg":"none"} and {"alg":"HS256"}
    for bad in [
        format!("{header}.{payload}."),
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        format!("eyJhbGciOiJIUzI1NiJ9.{payload}.AAAA"),
        format!("{header}.{payload}.{}", "A".repeat(86)),
        "not a token".to_owned(),
    ] {
        let answer = client
            .with_token(&bad)
            .graphql("{ me { id } }", Value::Null)
            .await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{bad}");
    }
    assert_eq!(
        shopper
            .client
            .graphql("{ me { id } }", Value::Null)
            .await
            .text("/me/id"),
        shopper.id
    );
    shop.close().await;
}

system_tests::both!(a_refresh_token_used_twice_ends_the_whole_family);

async fn a_refresh_token_used_twice_ends_the_whole_family(shop: Stage) {
    let client = shop.client();
    let shopper = Shopper::register(&client).await;
    let refresh = |token: String| {
        let client = client.clone();
        async move {
            client
                .graphql(
                    "mutation($token: String!) { refreshToken(input: { refreshToken: $token }) {
                        session { accessToken refreshToken } userErrors { message } } }",
                    json!({ "token": token }),
                )
                .await
        }
    };
    let second = refresh(shopper.refresh_token.clone())
        .await
        .text("/refreshToken/session/refreshToken");
    let stolen = refresh(shopper.refresh_token.clone()).await;
    assert!(
        stolen
            .0
            .pointer("/data/refreshToken/session/accessToken")
            .is_none(),
        "{stolen:?}"
    );
    let after = refresh(second).await;
    assert!(
        after
            .0
            .pointer("/data/refreshToken/session/accessToken")
            .is_none(),
        "{after:?}"
    );
    shop.close().await;
}
