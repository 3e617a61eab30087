//! Refusals that every mutation may answer with. Each subgraph puts them, and its own, under its interface `UserError`.

use async_graphql::SimpleObject;

/// A value of the input is wrong. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject, serde::Serialize, serde::Deserialize)]
#[graphql(shareable)]
pub struct InvalidInput {
    /// What is wrong and what would be right.
    pub message: String,
    /// Where it is in the input, such as `["lines", "0", "quantity"]`.
    pub path: Vec<String>,
}

impl InvalidInput {
    /// The value at the dotted `path` is wrong.
    pub fn at(path: &str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            path: path.split('.').map(ToOwned::to_owned).collect(),
        }
    }
}

/// The object has changed since the version in `ifVersion`. Nothing was changed; look at it again and decide anew.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject, serde::Serialize, serde::Deserialize)]
#[graphql(shareable)]
pub struct StaleVersion {
    /// What happened.
    pub message: String,
    /// The version the object has now.
    pub current: i32,
}

impl StaleVersion {
    /// The object is at version `current` now.
    pub fn now(current: i64) -> Self {
        Self {
            message: "the object has changed since you read it; read it again".to_owned(),
            current: i32::try_from(current).unwrap_or(i32::MAX),
        }
    }
}

/// The idempotency key was already used with another input. Nothing was changed; use a new key for a new request.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject, serde::Serialize, serde::Deserialize)]
#[graphql(shareable)]
pub struct IdempotencyConflict {
    /// What happened.
    pub message: String,
}

impl IdempotencyConflict {
    /// The refusal.
    pub fn new() -> Self {
        Self {
            message:
                "this idempotency key was used with another input; take a new key for a new request"
                    .to_owned(),
        }
    }
}

impl Default for IdempotencyConflict {
    fn default() -> Self {
        Self::new()
    }
}
