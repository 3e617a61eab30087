#![expect(clippy::unwrap_used, reason = "a test may panic")]
//! Access tokens: what is accepted, and every way to be refused.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::{Clock, Timestamp};
use fault::Code;
use identity::{Issuer, KeyRing, KeyRingSettings, Role, Scope, Scopes, User, Verifier, Viewer};
use uuid::Uuid;

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const LIFETIME: Duration = Duration::from_mins(15);
const USER: Uuid = Uuid::from_u128(1);
const SESSION: Uuid = Uuid::from_u128(2);

struct Shop {
    clock: Clock,
    ring: Arc<KeyRing>,
    issuer: Issuer,
    verifier: Verifier,
    directory: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
        let ring = Arc::new(
            KeyRing::open(directory.path(), KeyRingSettings::default(), clock.clone()).unwrap(),
        );
        Self {
            issuer: Issuer::new(Arc::clone(&ring), "emporium", LIFETIME, clock.clone()),
            verifier: Verifier::new(Arc::clone(&ring), "emporium", clock.clone()),
            clock,
            ring,
            directory,
        }
    }

    fn token(&self) -> String {
        self.issuer
            .mint(USER, SESSION, Role::Staff.scopes())
            .unwrap()
            .token
    }

    fn refusal(&self, token: &str) -> Code {
        self.verifier.verify(token).unwrap_err().code()
    }
}

fn json(part: &serde_json::Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn parts(token: &str) -> (serde_json::Value, serde_json::Value, String) {
    let decode =
        |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let mut parts = token.split('.');
    let (header, claims) = (decode(parts.next().unwrap()), decode(parts.next().unwrap()));
    (header, claims, parts.next().unwrap().to_owned())
}

#[test]
fn a_token_brings_its_user_back() {
    let shop = Shop::new();
    let minted = shop
        .issuer
        .mint(USER, SESSION, Role::Staff.scopes())
        .unwrap();
    let expected = User {
        id: USER,
        session_id: SESSION,
        scopes: Role::Staff.scopes(),
        expires_at: START.plus(LIFETIME),
    };
    assert_eq!(minted.expires_at, expected.expires_at);
    for round in ["checked", "from the cache"] {
        assert_eq!(
            shop.verifier.verify(&minted.token).unwrap(),
            expected,
            "{round}"
        );
    }
}

#[test]
fn tokens_expire_after_the_leeway_and_say_so() {
    let shop = Shop::new();
    let (seen, unseen) = (shop.token(), shop.token());
    shop.verifier.verify(&seen).unwrap();
    shop.clock.advance(LIFETIME + Duration::from_millis(59_999));
    shop.verifier.verify(&seen).unwrap();
    shop.clock.advance(Duration::from_millis(1));
    assert_eq!(shop.refusal(&seen), Code::TokenExpired);
    assert_eq!(shop.refusal(&unseen), Code::TokenExpired);
}

#[test]
fn forgeries_are_refused() {
    let shop = Shop::new();
    let token = shop.token();
    let (header, claims, signature) = parts(&token);
    let with_header = |name: &str, value: &str| {
        let mut header = header.clone();
        header[name] = value.into();
        format!("{}.{}.{signature}", json(&header), json(&claims))
    };
    let mut admin = claims.clone();
    admin["scope"] = Role::Admin.scopes().to_string().into();
    // HS256 keyed with the public key: the classic confusion of algorithms.
    let public = shop.ring.jwks()["keys"][0]["x"]
        .as_str()
        .unwrap()
        .to_owned();
    let hs256 = {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        header.kid = Some(
            shop.ring.jwks()["keys"][0]["kid"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
        let key = jsonwebtoken::EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(public).unwrap());
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    };
    let unsigned = serde_json::json!({ "alg": "none", "kid": header["kid"] });
    let attempts = [
        String::new(),
        "..".to_owned(),
        "not a token".to_owned(),
        format!("{}.{}.", json(&unsigned), json(&claims)),
        with_header("alg", "none"),
        with_header("alg", "HS256"),
        with_header("alg", "RS256"),
        with_header("kid", "another"),
        format!("{}.{}.{signature}", json(&header), json(&admin)),
        format!("{}.{}.{}", json(&header), json(&claims), "A".repeat(86)),
        token[..token.len() - 4].to_owned(),
        "a".repeat(10_000),
        hs256,
    ];
    for attempt in attempts {
        assert_eq!(shop.refusal(&attempt), Code::Unauthenticated, "{attempt}");
    }
}

#[test]
fn another_issuer_or_installation_is_refused() {
    let shop = Shop::new();
    let elsewhere = Issuer::new(
        Arc::clone(&shop.ring),
        "elsewhere",
        LIFETIME,
        shop.clock.clone(),
    );
    let token = elsewhere.mint(USER, SESSION, Scopes::NONE).unwrap().token;
    assert_eq!(shop.refusal(&token), Code::Unauthenticated);
    assert_eq!(shop.refusal(&Shop::new().token()), Code::Unauthenticated);
}

#[test]
fn rotation_logs_nobody_out() {
    let shop = Shop::new();
    let before = shop.token();
    let next = shop.ring.rotate(shop.clock.now()).unwrap();
    assert_ne!(
        parts(&shop.token()).0["kid"],
        next.kid.as_str(),
        "published, not signing"
    );
    shop.clock.advance(Duration::from_secs(20));
    let after = shop.token();
    assert_eq!(parts(&after).0["kid"], next.kid.as_str());
    for token in [&before, &after] {
        shop.verifier.verify(token).unwrap();
    }
}

#[test]
fn a_key_that_was_taken_away_verifies_nothing_even_from_the_cache() {
    let shop = Shop::new();
    let token = shop.token();
    shop.verifier.verify(&token).unwrap();
    shop.ring.rotate(shop.clock.now()).unwrap();
    let kid = parts(&token).0["kid"].as_str().unwrap().to_owned();
    for file in std::fs::read_dir(shop.directory.path()).unwrap() {
        let path = file.unwrap().path();
        if path.to_string_lossy().contains(&kid) {
            std::fs::remove_file(path).unwrap();
        }
    }
    shop.clock.advance(Duration::from_secs(2));
    assert_eq!(shop.refusal(&token), Code::Unauthenticated);
}

#[test]
fn a_verifier_without_private_keys_works_from_the_key_set() {
    let shop = Shop::new();
    let remote = Verifier::from_jwks(&shop.ring.jwks(), "emporium", shop.clock.clone()).unwrap();
    remote.verify(&shop.token()).unwrap();
    shop.ring.rotate(shop.clock.now()).unwrap();
    shop.clock.advance(Duration::from_secs(20));
    let token = shop.token();
    assert_eq!(
        remote.verify(&token).unwrap_err().code(),
        Code::Unauthenticated
    );
    remote.replace_jwks(&shop.ring.jwks()).unwrap();
    remote.verify(&token).unwrap();
    let foreign = serde_json::json!({ "keys": [{ "kty": "RSA" }] });
    assert!(Verifier::from_jwks(&foreign, "emporium", Clock::system()).is_err());
}

#[test]
fn a_revoked_session_is_refused_until_its_tokens_are_dead() {
    let shop = Shop::new();
    let token = shop.token();
    shop.verifier.verify(&token).unwrap();
    shop.verifier.revoke(SESSION, START.plus(LIFETIME));
    assert_eq!(shop.refusal(&token), Code::TokenRevoked);
    shop.clock.advance(LIFETIME + Duration::from_secs(61));
    assert!(!shop.verifier.is_revoked(SESSION));
    assert_eq!(shop.refusal(&token), Code::TokenExpired);
}

#[test]
fn the_authorization_header_is_a_bearer_token_or_refused() {
    let shop = Shop::new();
    let token = shop.token();
    let viewer = |header: Option<&str>| Viewer::from_authorization(header, &shop.verifier);
    assert_eq!(viewer(None).unwrap(), Viewer::Anonymous);
    for scheme in ["Bearer", "bearer"] {
        assert_eq!(
            viewer(Some(&format!("{scheme} {token}"))).unwrap().id(),
            Some(USER)
        );
    }
    for header in ["", "Bearer", "Bearer ", "Basic dTpw", &token] {
        assert_eq!(
            viewer(Some(header)).unwrap_err().code(),
            Code::Unauthenticated,
            "{header}"
        );
    }
}

#[test]
fn scopes_guard() {
    let user = |role: Role| {
        Viewer::User(User {
            id: USER,
            session_id: SESSION,
            scopes: role.scopes(),
            expires_at: START,
        })
    };
    let code = |viewer: Viewer, scope| viewer.require(scope).err().map(|fault| fault.code());
    assert_eq!(
        code(Viewer::Anonymous, Scope::CatalogWrite),
        Some(Code::Unauthenticated)
    );
    assert_eq!(
        code(user(Role::Customer), Scope::CatalogWrite),
        Some(Code::Forbidden)
    );
    assert_eq!(code(user(Role::Staff), Scope::CatalogWrite), None);
    assert_eq!(
        code(user(Role::Staff), Scope::UsersManage),
        Some(Code::Forbidden)
    );
    assert_eq!(code(user(Role::Admin), Scope::UsersManage), None);
}

#[test]
fn scopes_as_text() {
    let text = "catalog:write inventory:write orders:manage payments:manage users:manage";
    assert_eq!(Role::Admin.scopes().to_string(), text);
    assert_eq!(Scopes::from(text), Role::Admin.scopes());
    assert_eq!(
        Scopes::from("from:the:future catalog:write"),
        Scopes::NONE.with(Scope::CatalogWrite)
    );
    assert_eq!(Scopes::from(""), Scopes::NONE);
    assert_eq!("staff".parse(), Ok(Role::Staff));
    assert!("root".parse::<Role>().is_err());
}
