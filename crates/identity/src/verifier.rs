//! Verifies access tokens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use clock::{Clock, Timestamp};
use fault::{Code, Fault};
use jsonwebtoken::{Algorithm, Validation};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::key::PublicKey;
use crate::{AUDIENCE, Claims, KeyError, KeyRing, LEEWAY, User};

/// A longer token is refused unread.
pub const MAX_TOKEN_BYTES: usize = 4096;
/// Verified tokens that are remembered.
const CACHED_TOKENS: u64 = 50_000;
/// Revoked sessions that are remembered until their last access token has expired.
const REVOKED_SESSIONS: u64 = 200_000;

enum Keys {
    Ring(Arc<KeyRing>),
    Set(RwLock<Vec<PublicKey>>),
}

/// Checks access tokens: EdDSA only, `kid`, `iss`, `aud`, `exp` with `LEEWAY`, session not revoked.
pub struct Verifier {
    keys: Keys,
    validation: Validation,
    clock: Clock,
    verified: Cache<[u8; 32], User>,
    revoked: Cache<Uuid, Timestamp>,
    generation: AtomicU64,
    strangers: Notify,
}

impl Verifier {
    /// For a process that holds the key ring. `issuer` is the `iss` to accept.
    pub fn new(keys: Arc<KeyRing>, issuer: &str, clock: Clock) -> Self {
        let generation = keys.generation();
        Self::over(Keys::Ring(keys), issuer, clock, generation)
    }

    /// For a process that holds no private key: from a JSON Web Key Set.
    pub fn from_jwks(
        jwks: &serde_json::Value,
        issuer: &str,
        clock: Clock,
    ) -> Result<Self, KeyError> {
        Ok(Self::over(
            Keys::Set(RwLock::new(parse(jwks)?)),
            issuer,
            clock,
            0,
        ))
    }

    /// For a process that holds no private key and has not read the key set yet: every token is refused until
    /// `replace_jwks`.
    pub fn unread(issuer: &str, clock: Clock) -> Self {
        Self::over(Keys::Set(RwLock::new(Vec::new())), issuer, clock, 0)
    }

    fn over(keys: Keys, issuer: &str, clock: Clock, generation: u64) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The time is ours to compare: it comes from the clock, and an expired token has a code of its own.
        validation.validate_exp = false;
        Self {
            keys,
            validation,
            clock,
            verified: Cache::new(CACHED_TOKENS),
            revoked: Cache::new(REVOKED_SESSIONS),
            generation: AtomicU64::new(generation),
            strangers: Notify::new(),
        }
    }

    /// Returns once a token named a key that is not known here: the key set is to be read again.
    pub async fn unknown_key(&self) {
        self.strangers.notified().await;
    }

    /// Whether there is a key to verify with.
    pub fn has_keys(&self) -> bool {
        match &self.keys {
            Keys::Ring(ring) => !ring.infos(self.clock.now()).is_empty(),
            Keys::Set(keys) => !keys
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .is_empty(),
        }
    }

    /// Takes in a newer key set; does nothing over a key ring, which looks after itself.
    pub fn replace_jwks(&self, jwks: &serde_json::Value) -> Result<(), KeyError> {
        if let Keys::Set(keys) = &self.keys {
            let fresh = parse(jwks)?;
            let mut keys = keys.write().unwrap_or_else(PoisonError::into_inner);
            let ids = |keys: &[PublicKey]| keys.iter().map(|key| key.x.clone()).collect::<Vec<_>>();
            if ids(&keys) != ids(&fresh) {
                *keys = fresh;
                self.verified.invalidate_all();
            }
        }
        Ok(())
    }

    /// Refuses every access token of that session from now on, `until` the last of them has expired.
    pub fn revoke(&self, session_id: Uuid, until: Timestamp) {
        self.revoked.insert(session_id, until);
    }

    /// Whether that session was revoked here.
    pub fn is_revoked(&self, session_id: Uuid) -> bool {
        match self.revoked.get(&session_id) {
            Some(until) if self.clock.now() > until.plus(LEEWAY) => {
                self.revoked.invalidate(&session_id);
                false
            }
            found => found.is_some(),
        }
    }

    /// The user of a valid token. Unauthenticated for anything that was never valid here,
    /// TokenExpired and TokenRevoked for what was.
    pub fn verify(&self, token: &str) -> Result<User, Fault> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Fault::unauthenticated());
        }
        let now = self.clock.now();
        if let Keys::Ring(ring) = &self.keys {
            ring.look(now);
            let generation = ring.generation();
            if self.generation.swap(generation, Ordering::AcqRel) != generation {
                self.verified.invalidate_all();
            }
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let known = self.verified.get(&digest);
        let fresh = known.is_none();
        let user = known.map_or_else(|| self.check(token, now), Ok)?;
        if now >= user.expires_at.plus(LEEWAY) {
            self.verified.invalidate(&digest);
            return Err(Fault::new(
                Code::TokenExpired,
                "the access token has expired",
            ));
        }
        if self.is_revoked(user.session_id) {
            return Err(Fault::new(
                Code::TokenRevoked,
                "the session has been revoked",
            ));
        }
        if fresh {
            self.verified.insert(digest, user.clone());
        }
        Ok(user)
    }

    fn check(&self, token: &str, now: Timestamp) -> Result<User, Fault> {
        let refuse = |_| Fault::unauthenticated();
        let header = jsonwebtoken::decode_header(token).map_err(refuse)?;
        let kid = header.kid.ok_or_else(Fault::unauthenticated)?;
        let Some(key) = self.public(&kid, now) else {
            self.strangers.notify_one();
            return Err(Fault::unauthenticated());
        };
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation)
            .map_err(refuse)?
            .claims;
        Ok(User {
            id: claims.sub,
            session_id: claims.sid,
            scopes: claims.scope,
            expires_at: Timestamp::from_millis(claims.exp.saturating_mul(1000)),
        })
    }

    fn public(&self, kid: &str, now: Timestamp) -> Option<PublicKey> {
        match &self.keys {
            Keys::Ring(ring) => ring.public(kid, now),
            Keys::Set(keys) => {
                let keys = keys.read().unwrap_or_else(PoisonError::into_inner);
                keys.iter().find(|key| key.kid == kid).cloned()
            }
        }
    }
}

fn parse(jwks: &serde_json::Value) -> Result<Vec<PublicKey>, KeyError> {
    let keys = jwks
        .get("keys")
        .and_then(serde_json::Value::as_array)
        .ok_or(KeyError::KeySet("no list of keys"))?;
    let keys: Vec<_> = keys.iter().filter_map(PublicKey::from_jwk).collect();
    if keys.is_empty() {
        Err(KeyError::KeySet("no Ed25519 key in it"))
    } else {
        Ok(keys)
    }
}
