//! Mints access tokens.

use std::sync::Arc;
use std::time::Duration;

use clock::{Clock, Timestamp};
use jsonwebtoken::{Algorithm, Header};
use uuid::Uuid;

use crate::{AUDIENCE, Claims, KeyError, KeyRing, Scopes};

/// A freshly signed access token.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The JWT in compact form. A secret.
    pub token: String,
    /// Its `exp`.
    pub expires_at: Timestamp,
}

/// Signs access tokens with the ring's current key.
pub struct Issuer {
    keys: Arc<KeyRing>,
    name: String,
    lifetime: Duration,
    clock: Clock,
}

impl Issuer {
    /// `name` becomes `iss`; `lifetime` must be the one that the ring was opened with.
    pub fn new(
        keys: Arc<KeyRing>,
        name: impl Into<String>,
        lifetime: Duration,
        clock: Clock,
    ) -> Self {
        Self {
            keys,
            name: name.into(),
            lifetime,
            clock,
        }
    }

    /// The keys that it signs with.
    pub fn keys(&self) -> &Arc<KeyRing> {
        &self.keys
    }

    /// How long its tokens live.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Signs a token for one session of one user.
    pub fn mint(
        &self,
        user_id: Uuid,
        session_id: Uuid,
        scopes: Scopes,
    ) -> Result<AccessToken, KeyError> {
        let now = self.clock.now();
        let key = self
            .keys
            .signing(now)
            .ok_or(KeyError::KeySet("the key ring is empty"))?;
        let exp = now.plus(self.lifetime).as_millis().div_euclid(1000);
        let claims = Claims {
            iss: self.name.clone(),
            aud: AUDIENCE.to_owned(),
            sub: user_id,
            sid: session_id,
            scope: scopes,
            iat: now.as_millis().div_euclid(1000),
            exp,
            jti: self.clock.id(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.public.kid);
        let token = jsonwebtoken::encode(&header, &claims, &key.encoding)?;
        Ok(AccessToken {
            token,
            expires_at: Timestamp::from_millis(exp.saturating_mul(1000)),
        })
    }
}
