//! One Ed25519 key: its file, its public half, its state at a time.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::Timestamp;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

use crate::KeyError;

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Published, so that verifiers know it before it signs.
    Next,
    /// Signs new tokens.
    Signing,
    /// Still published, because tokens that it signed may live.
    Retired,
    /// No token of it can be valid any more.
    Gone,
}

/// A key as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key's id in token headers: its RFC 7638 thumbprint.
    pub kid: String,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// Its state now.
    pub state: KeyState,
}

/// The public half: enough to verify.
#[derive(Clone)]
pub(crate) struct PublicKey {
    pub(crate) kid: String,
    pub(crate) x: String,
    pub(crate) decoding: DecodingKey,
}

impl PublicKey {
    fn of(bytes: &[u8; 32]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(bytes);
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Self {
            kid: URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)),
            x,
            decoding: DecodingKey::from_ed_der(bytes),
        }
    }

    /// As a JSON Web Key (RFC 8037).
    pub(crate) fn jwk(&self) -> serde_json::Value {
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "kid": self.kid, "x": self.x,
        })
    }

    /// From a JSON Web Key; `None` if it is of another kind than ours.
    pub(crate) fn from_jwk(jwk: &serde_json::Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(serde_json::Value::as_str);
        if text("kty")? != "OKP" || text("crv")? != "Ed25519" {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text("x")?).ok()?;
        let key = Self::of(&bytes.try_into().ok()?);
        Some(Self {
            kid: text("kid")?.to_owned(),
            ..key
        })
    }
}

/// A whole key, from its file.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) signs_from: Timestamp,
    pub(crate) public: PublicKey,
    pub(crate) encoding: EncodingKey,
}

impl Key {
    /// A key from 32 random bytes, and the text of its file.
    pub(crate) fn generate(
        seed: &[u8; 32],
        signs_from: Timestamp,
    ) -> Result<(Self, String), KeyError> {
        let signing = SigningKey::from_bytes(seed);
        let malformed = |_| KeyError::KeySet("the key could not be encoded");
        let pem = signing.to_pkcs8_pem(LineEnding::LF).map_err(malformed)?;
        Ok((
            Self::from_signing(&signing, signs_from).map_err(malformed)?,
            pem.as_str().to_owned(),
        ))
    }

    fn from_signing(
        signing: &SigningKey,
        signs_from: Timestamp,
    ) -> Result<Self, ed25519_dalek::pkcs8::Error> {
        Ok(Self {
            signs_from,
            public: PublicKey::of(signing.verifying_key().as_bytes()),
            encoding: EncodingKey::from_ed_der(signing.to_pkcs8_der()?.as_bytes()),
        })
    }

    /// `<signs from, ms>.<kid>.pem`: the state of a key is in its name.
    pub(crate) fn file_name(&self) -> String {
        format!("{}.{}.pem", self.signs_from.as_millis(), self.public.kid)
    }

    /// Reads a key file; refuses one that others may read or that holds another key than its name says.
    pub(crate) fn read(path: &Path, readers: Readers) -> Result<Self, KeyError> {
        refuse_open_file(path, readers)?;
        let malformed = || KeyError::Malformed {
            path: path.to_owned(),
        };
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(malformed)?;
        let signs_from = name
            .split('.')
            .next()
            .and_then(|millis| millis.parse().ok())
            .ok_or_else(malformed)?;
        let pem = std::fs::read_to_string(path).map_err(KeyError::io(path))?;
        let signing = SigningKey::from_pkcs8_pem(&pem).map_err(|_| malformed())?;
        let key = Self::from_signing(&signing, Timestamp::from_millis(signs_from))
            .map_err(|_| malformed())?;
        if key.file_name() == name {
            Ok(key)
        } else {
            Err(malformed())
        }
    }
}

/// Who beside its owner may read a key's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Nobody.
    Owner,
    /// Its group: so a secret is mounted for a process that is not root.
    Group,
}

#[cfg(unix)]
fn refuse_open_file(path: &Path, readers: Readers) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)
        .map_err(KeyError::io(path))?
        .permissions()
        .mode()
        & 0o777;
    let forbidden = match readers {
        Readers::Owner => 0o077,
        Readers::Group => 0o007,
    };
    if mode & forbidden == 0 {
        Ok(())
    } else {
        Err(KeyError::TooOpen {
            path: path.to_owned(),
            mode,
        })
    }
}

#[cfg(not(unix))]
fn refuse_open_file(_path: &Path, _readers: Readers) -> Result<(), KeyError> {
    Ok(())
}
