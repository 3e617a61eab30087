//! Refusals that a client can act on.

use async_graphql::{ID, Interface, SimpleObject};
use serving::graphql::{IdempotencyConflict, InvalidInput, StaleVersion, global_id};

use crate::commands::Refusal;

/// Why a mutation did not do what was asked. Nothing was changed.
#[derive(Debug, Interface)]
#[graphql(field(
    name = "message",
    ty = "&String",
    desc = "What is wrong, in words for people."
))]
pub(crate) enum UserError {
    InvalidInput(InvalidInput),
    StaleVersion(StaleVersion),
    IdempotencyConflict(IdempotencyConflict),
    SlugTaken(SlugTaken),
    SkuTaken(SkuTaken),
    NotAllowed(NotAllowed),
    StockShortage(StockShortage),
}

/// The slug belongs to something else.
#[derive(Debug, SimpleObject)]
pub(crate) struct SlugTaken {
    /// What is wrong.
    message: String,
    /// The slug.
    slug: String,
}

/// The SKU belongs to another variant.
#[derive(Debug, SimpleObject)]
pub(crate) struct SkuTaken {
    /// What is wrong.
    message: String,
    /// The SKU.
    sku: String,
}

/// The present state of things does not allow it.
#[derive(Debug, SimpleObject)]
pub(crate) struct NotAllowed {
    /// What is wrong, and what to do in its place.
    message: String,
}

/// There are too few of a variant.
#[derive(Debug, SimpleObject)]
pub(crate) struct StockShortage {
    /// What is wrong.
    message: String,
    /// Of what.
    variant_id: ID,
    /// How many were wanted.
    requested: i32,
    /// How many are available.
    available: i32,
}

impl UserError {
    /// The errors that tell a refusal.
    pub(crate) fn of(refusal: Refusal) -> Vec<Self> {
        Self::at("input", refusal)
    }

    /// The errors that tell a refusal of the part of the input at `root`.
    pub(crate) fn at(root: &str, refusal: Refusal) -> Vec<Self> {
        match refusal {
            Refusal::Invalid(flaws) => flaws
                .into_iter()
                .map(|(path, message)| {
                    Self::InvalidInput(InvalidInput::at(&format!("{root}.{path}"), message))
                })
                .collect(),
            Refusal::Stale { current } => vec![Self::StaleVersion(StaleVersion::now(current))],
            Refusal::SlugTaken { slug } => {
                let message =
                    format!("the slug `{slug}` belongs to something else; choose another");
                vec![Self::SlugTaken(SlugTaken { message, slug })]
            }
            Refusal::SkuTaken { sku } => {
                let message = format!("the SKU `{sku}` belongs to another variant; choose another");
                vec![Self::SkuTaken(SkuTaken { message, sku })]
            }
            Refusal::NotAllowed { message } => vec![Self::NotAllowed(NotAllowed { message })],
            Refusal::Short(lines) => lines
                .into_iter()
                .map(|line| {
                    let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
                    Self::StockShortage(StockShortage {
                        message: format!("only {} are available", line.available),
                        variant_id: global_id::encode("Variant", line.variant_id),
                        requested: count(i64::from(line.requested)),
                        available: count(line.available),
                    })
                })
                .collect(),
            Refusal::IdempotencyConflict => {
                vec![Self::IdempotencyConflict(IdempotencyConflict::new())]
            }
        }
    }
}
