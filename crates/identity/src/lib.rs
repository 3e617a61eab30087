#![doc = include_str!("../README.md")]

mod claims;
mod error;
mod issuer;
mod key;
mod key_ring;
mod scope;
mod verifier;
mod viewer;

pub use claims::{AUDIENCE, Claims, LEEWAY, SKEW};
pub use error::KeyError;
pub use issuer::{AccessToken, Issuer};
pub use key::{KeyInfo, KeyState};
pub use key_ring::{KeyRing, KeyRingSettings};
pub use scope::{Role, Scope, Scopes, UnknownRole};
pub use verifier::{MAX_TOKEN_BYTES, Verifier};
pub use viewer::{User, Viewer};
