//! Refusals that a client can act on.

use async_graphql::{Interface, SimpleObject};
use serving::graphql::{IdempotencyConflict, InvalidInput, StaleVersion};
use users_domain::MAX_ADDRESSES;

/// Why a mutation did not do what was asked. Nothing was changed.
#[derive(Interface)]
#[graphql(field(
    name = "message",
    ty = "&String",
    desc = "What is wrong, in words for people."
))]
pub(crate) enum UserError {
    InvalidInput(InvalidInput),
    StaleVersion(StaleVersion),
    IdempotencyConflict(IdempotencyConflict),
    EmailTaken(EmailTaken),
    WrongCredentials(WrongCredentials),
    TooManyAddresses(TooManyAddresses),
    OwnAdminRole(OwnAdminRole),
}

/// The e-mail address has an account already: log in.
#[derive(SimpleObject)]
pub(crate) struct EmailTaken {
    /// What is wrong.
    message: String,
}

/// There is no account with this e-mail address and password. Which of the two is wrong is not told.
#[derive(SimpleObject)]
pub(crate) struct WrongCredentials {
    /// What is wrong.
    message: String,
}

/// The account has as many addresses as it can have: remove one first.
#[derive(SimpleObject)]
pub(crate) struct TooManyAddresses {
    /// What is wrong.
    message: String,
    /// How many addresses an account can have.
    limit: i32,
}

/// An admin cannot take that role from themselves: another admin has to.
#[derive(SimpleObject)]
pub(crate) struct OwnAdminRole {
    /// What is wrong.
    message: String,
}

impl UserError {
    pub(crate) fn email_taken() -> Self {
        Self::EmailTaken(EmailTaken {
            message: "this e-mail address has an account already; log in".to_owned(),
        })
    }

    pub(crate) fn wrong_credentials() -> Self {
        let message = "there is no account with this e-mail address and password".to_owned();
        Self::WrongCredentials(WrongCredentials { message })
    }

    pub(crate) fn too_many_addresses() -> Self {
        Self::TooManyAddresses(TooManyAddresses {
            message: format!("an account has at most {MAX_ADDRESSES} addresses; remove one first"),
            limit: i32::try_from(MAX_ADDRESSES).unwrap_or(i32::MAX),
        })
    }

    pub(crate) fn own_admin_role() -> Self {
        let message = "you cannot take the admin role from yourself; another admin can".to_owned();
        Self::OwnAdminRole(OwnAdminRole { message })
    }

    pub(crate) fn stale(current: i64) -> Self {
        Self::StaleVersion(StaleVersion::now(current))
    }

    pub(crate) fn key_conflict() -> Self {
        Self::IdempotencyConflict(IdempotencyConflict::new())
    }

    /// One for each refused field below `prefix`.
    pub(crate) fn invalid(
        prefix: &[&str],
        refusals: impl IntoIterator<Item = (impl Into<String>, String)>,
    ) -> Vec<Self> {
        let refusal = |(field, message): (_, String)| {
            let field: String = field;
            Self::InvalidInput(InvalidInput {
                message,
                path: prefix
                    .iter()
                    .map(|part| (*part).to_owned())
                    .chain([field])
                    .collect(),
            })
        };
        refusals
            .into_iter()
            .map(|(field, message)| refusal((field.into(), message)))
            .collect()
    }
}
