//! Inputs that several fields take, and how they are read.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, OneofObject};
use fault::Fault;
use identity::Scope;
use money::{Currency, Money};
use serving::graphql::BigInt;
use uuid::Uuid;

use crate::{
    commands::{Origin, Patch},
    graphql::schema::viewer,
};

/// How to look a product up: by exactly one of these.
#[derive(Debug, OneofObject)]
pub(crate) enum ProductBy {
    /// Its id.
    Id(ID),
    /// Its slug, such as `walnut-desk-lamp`.
    Slug(String),
    /// The SKU of one of its variants, such as `LAMP-WAL-01`.
    Sku(String),
}

/// How to look a category up: by exactly one of these.
#[derive(Debug, OneofObject)]
pub(crate) enum CategoryBy {
    /// Its id.
    Id(ID),
    /// Its slug, such as `desk-lamps`.
    Slug(String),
}

/// An amount of money.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "ProductPriceInput")]
pub(crate) struct MoneyInput {
    /// The amount in the currency's minor unit: 1999 for 19.99 dollars.
    pub units: BigInt,
    /// The ISO 4217 code, such as `USD`.
    pub currency: String,
}

/// An option and the variant's value for it.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct SelectedOptionInput {
    /// What the option is called, such as `Colour`.
    pub name: String,
    /// The value, such as `Walnut`.
    pub value: String,
}

/// The amount; an unknown currency is the caller's error.
pub(crate) fn money(input: &MoneyInput) -> Result<Money, Fault> {
    let currency = Currency::parse(&input.currency).map_err(|_| {
        Fault::invalid("`currency` must be an ISO 4217 code that the shop knows, such as USD")
    })?;
    Ok(Money::new(input.units.0, currency))
}

/// Who gives a command; needs the scope.
pub(crate) fn origin(ctx: &Context<'_>, scope: Scope, key: Option<&str>) -> Result<Origin, Fault> {
    let actor = viewer(ctx)?.require(scope)?.id;
    let key = key
        .map(Uuid::try_parse)
        .transpose()
        .map_err(|_| Fault::invalid("`idempotencyKey` must be a UUID"))?;
    Ok(Origin { actor, key })
}

impl<T> From<MaybeUndefined<T>> for Patch<T> {
    fn from(value: MaybeUndefined<T>) -> Self {
        match value {
            MaybeUndefined::Undefined => Self::Keep,
            MaybeUndefined::Null => Self::Clear,
            MaybeUndefined::Value(value) => Self::Set(value),
        }
    }
}
