//! Who may do what: tokens, guards, expiry.

use std::{sync::Arc, time::Duration};

use clock::Timestamp;
use events::{Envelope, users::SessionRevoked};
use fault::Code;
use identity::{Issuer, KeyRing, KeyRingSettings, Scope, Scopes};
use messaging::Subscriber as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shop::{BOTH, ISSUER, Shop, code, code_of};

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_passed_on() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let token = shop.token(&[]);
        assert_eq!(
            shop.ask_as(&token, "{ authorization }").await["data"]["authorization"],
            token
        );
        assert_eq!(
            shop.ask("{ authorization }").await["data"]["authorization"],
            ""
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guarded_fields_are_refused_and_the_rest_is_answered() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let answer = shop.ask("{ mine product(id: \"1\") { name } }").await;
        assert_eq!(code(&answer), Code::Unauthenticated);
        assert_eq!(
            answer["data"],
            json!({ "mine": null, "product": { "name": "product 1" } })
        );
        let answer = shop.ask_as(&shop.token(&[]), "{ mine }").await;
        assert_eq!(answer, json!({ "data": { "mine": "yours" } }));
        let restock = "mutation { restock }";
        assert_eq!(code(&shop.ask(restock).await), Code::Unauthenticated);
        assert_eq!(
            code(&shop.ask_as(&shop.token(&[]), restock).await),
            Code::Forbidden
        );
        assert_eq!(
            code(
                &shop
                    .ask_as(&shop.token(&[Scope::CatalogWrite]), restock)
                    .await
            ),
            Code::Forbidden
        );
        let staff = shop.token(&[Scope::InventoryWrite]);
        assert_eq!(
            shop.ask_as(&staff, restock).await,
            json!({ "data": { "restock": 7 } })
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guarded_subscriptions() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let query = "subscription { myReviews { number } }";
        let mut socket = shop.socket(json!({})).await;
        socket.subscribe("1", query).await;
        let (payloads, end) = socket.finish("1").await;
        let error = end.map_or_else(
            || payloads[0]["errors"][0].clone(),
            |errors| errors[0].clone(),
        );
        assert_eq!(code_of(&error), Code::Unauthenticated, "{way:?}");
        assert!(
            payloads
                .iter()
                .all(|payload| payload["data"]["myReviews"].is_null())
        );
        let mut socket = shop
            .socket(json!({ "authorization": shop.token(&[]) }))
            .await;
        socket.subscribe("1", query).await;
        let (payloads, _) = socket.finish("1").await;
        assert_eq!(
            payloads,
            [json!({ "data": { "myReviews": { "number": 1 } } })]
        );
    }
}

/// Tokens that were never valid here.
fn forgeries(shop: &Shop) -> Vec<String> {
    let valid = shop.token(&[]);
    let parts: Vec<&str> = valid.split(['.', ' ']).collect();
    let [_, header, claims, signature] = parts.as_slice() else {
        panic!("a token has three parts");
    };
    let encode = |json: Value| base64(json.to_string().as_bytes());
    let foreign = tempfile::tempdir().unwrap();
    let ring = KeyRing::open(
        foreign.path().join("keys"),
        KeyRingSettings::default(),
        shop.clock.clone(),
    )
    .unwrap();
    let stranger = Issuer::new(
        Arc::new(ring),
        ISSUER,
        Duration::from_mins(15),
        shop.clock.clone(),
    );
    let strange = stranger
        .mint(shop.clock.id(), Uuid::nil(), Scopes::NONE)
        .unwrap()
        .token;
    vec![
        format!("Bearer {header}.{claims}."),
        format!(
            "Bearer {}.{claims}.",
            encode(json!({ "alg": "none", "typ": "JWT" }))
        ),
        format!(
            "Bearer {}.{claims}.{signature}",
            encode(json!({ "alg": "HS256", "typ": "JWT" }))
        ),
        format!(
            "Bearer {header}.{}.{signature}",
            encode(json!({ "sub": Uuid::nil() }))
        ),
        format!("Bearer {strange}"),
        "Bearer".to_owned(),
        "Bearer x".to_owned(),
        "Basic YTpi".to_owned(),
        format!("Bearer {}", "x".repeat(10_000)),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = group
            .iter()
            .fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            text.push(char::from(
                DIGITS[(number >> (18 - 6 * digit) & 63) as usize],
            ));
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_are_refused_even_where_none_is_needed() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        for forged in forgeries(&shop) {
            let request = shop
                .post("{ newestReview { number } }")
                .header("authorization", &forged);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 401, "{forged}");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
            let answer: Value = response.json().await.unwrap();
            assert_eq!(code(&answer), Code::Unauthenticated, "{forged}");
            assert_eq!(answer.get("data"), None);
            let mut socket = shop.raw_socket().await;
            socket
                .say(json!({ "type": "connection_init", "payload": { "authorization": forged } }))
                .await;
            let closed = socket.closed().await;
            assert_eq!(
                (u16::from(closed.code), closed.reason.as_str()),
                (4403, "UNAUTHENTICATED")
            );
        }
        shop.still_serves().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_told_apart() {
    let keys = KeyRingSettings {
        token_lifetime: Duration::from_mins(15),
        ..KeyRingSettings::default()
    };
    for way in BOTH {
        let shop = Shop::open(way).await;
        // Signed by the same keys, as if long ago.
        let then = clock::Clock::manual(
            Timestamp::from_millis(shop.clock.now().as_millis()).minus(Duration::from_mins(20)),
        );
        let old = Issuer::new(
            Arc::clone(shop.issuer.keys()),
            ISSUER,
            keys.token_lifetime,
            then,
        );
        let token = old.mint(shop.clock.id(), Uuid::nil(), Scopes::NONE);
        let Ok(token) = token else {
            continue;
        };
        let answer = shop
            .ask_as(&format!("Bearer {}", token.token), "{ mine }")
            .await;
        assert_eq!(code(&answer), Code::TokenExpired, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_their_token_does() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let short = Issuer::new(
            Arc::clone(shop.issuer.keys()),
            ISSUER,
            Duration::from_secs(2),
            shop.clock.clone(),
        );
        let minted = short
            .mint(shop.clock.id(), Uuid::nil(), Scopes::NONE)
            .unwrap();
        let token = format!("Bearer {}", minted.token);
        let query = "subscription { reviewed { number } }";
        let mut socket = shop.socket(json!({ "authorization": token })).await;
        socket.subscribe("1", query).await;
        let events = shop.listen(query, Some(&token)).await;
        assert_eq!(code(&events[0]), Code::TokenExpired, "{way:?}");
        let (_, end) = socket.finish("1").await;
        assert_eq!(code_of(&end.unwrap()[0]), Code::TokenExpired);
        let closed = socket.closed().await;
        assert_eq!(
            (u16::from(closed.code), closed.reason.as_str()),
            (4403, "TOKEN_EXPIRED")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_their_session_is_revoked() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let session = shop.clock.id();
        let minted = shop
            .issuer
            .mint(shop.clock.id(), session, Scopes::NONE)
            .unwrap();
        let token = format!("Bearer {}", minted.token);
        let query = "subscription { reviewed { number } }";
        let mut socket = shop.socket(json!({ "authorization": token })).await;
        socket.subscribe("1", query).await;
        shop.verifier.revoke(session, minted.expires_at);
        let (_, end) = socket.finish("1").await;
        assert_eq!(code_of(&end.unwrap()[0]), Code::TokenRevoked, "{way:?}");
        assert_eq!(socket.closed().await.reason.as_str(), "TOKEN_REVOKED");
        assert_eq!(
            code(&shop.ask_as(&token, "{ mine }").await),
            Code::TokenRevoked
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_elsewhere_is_refused_and_its_streams_end() {
    let shop = Shop::open(BOTH[0]).await;
    let token = shop.token(&[]);
    let mut socket = shop.socket(json!({ "authorization": token })).await;
    socket
        .subscribe("1", "subscription { reviewed { number } }")
        .await;
    let ended = SessionRevoked {
        user_id: Uuid::from_u128(1),
        session_id: Uuid::nil(),
        until: shop.clock.now().plus(std::time::Duration::from_mins(10)),
    };
    let event = Envelope::of(&shop.clock, ended.user_id, 1, &ended).unwrap();
    assert!(shop.news.takes(&event.kind));
    shop.news.take(&[event]).await.unwrap();
    let answer = shop.ask_as(&token, "{ newestReview { number } }").await;
    assert_eq!(code(&answer), Code::TokenRevoked);
    let (_, end) = socket.finish("1").await;
    assert_eq!(code_of(&end.unwrap()[0]), Code::TokenRevoked);
}
