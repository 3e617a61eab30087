//! Why a command did nothing.

use database::DatabaseError;
use fault::Fault;
use products_domain::{Flaw, ProductError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A refusal that the client can act on. Kept with the idempotency key, so that a repetition gets the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    /// Parts of the input are wrong: where, and what would be right.
    Invalid(Vec<(String, String)>),
    /// `ifVersion` is not the present version.
    Stale { current: i64 },
    /// The slug belongs to something else.
    SlugTaken { slug: String },
    /// The SKU belongs to another variant.
    SkuTaken { sku: String },
    /// The present state does not allow it.
    NotAllowed { message: String },
    /// Stock is short on these lines.
    Short(Vec<Shortage>),
    /// The idempotency key came with another input before.
    IdempotencyConflict,
}

/// A variant of which there is too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shortage {
    pub variant_id: Uuid,
    pub requested: u32,
    pub available: i64,
}

/// How a command ends without success.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Refused; nothing was changed.
    Refused(Refusal),
    /// Thrown: not there, or broken.
    Failed(Fault),
    /// The database failed.
    Database(DatabaseError),
}

impl Stop {
    /// Not allowed as things are.
    pub(crate) fn not_allowed(message: impl ToString) -> Self {
        Self::Refused(Refusal::NotAllowed {
            message: message.to_string(),
        })
    }

    /// One part of the input is wrong.
    pub(crate) fn invalid(path: &str, message: impl ToString) -> Self {
        Self::Refused(Refusal::Invalid(vec![(
            path.to_owned(),
            message.to_string(),
        )]))
    }

    /// There is no such thing.
    pub(crate) fn missing(noun: &str) -> Self {
        Self::Failed(Fault::not_found(noun))
    }
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<Vec<Flaw>> for Stop {
    fn from(flaws: Vec<Flaw>) -> Self {
        Self::Refused(Refusal::Invalid(
            flaws
                .into_iter()
                .map(|flaw| (flaw.path, flaw.message))
                .collect(),
        ))
    }
}

impl From<Flaw> for Stop {
    fn from(flaw: Flaw) -> Self {
        vec![flaw].into()
    }
}

impl From<ProductError> for Stop {
    fn from(error: ProductError) -> Self {
        match error {
            ProductError::Flaws(flaws) => flaws.into(),
            ProductError::NoSuchVariant => Self::missing("variant"),
            ProductError::State(_) | ProductError::LastVariant => Self::not_allowed(error),
        }
    }
}
