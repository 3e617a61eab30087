//! The rules of users, pure: what an e-mail address, a password, a name and an address may be; how a
//! session is renewed and when it ends; how often a log-in may be tried.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic
)]

mod account;
mod address;
mod attempts;
mod country;
mod email;
mod name;
mod password;
mod session;

pub use account::{Account, AddressUse};
pub use address::{Address, AddressForm, FieldRefusal, MAX_ADDRESSES};
pub use attempts::{Attempts, AttemptsLimit};
pub use country::Country;
pub use email::{Email, EmailRefusal};
pub use name::{DisplayName, NameRefusal};
pub use password::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, PasswordRefusal, check_password};
pub use session::{EndReason, RenewalRefusal, Session, SessionPolicy, SessionState};
