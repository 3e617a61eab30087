//! The amount of money.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, Object, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};

use super::{BigInt, resolve_at_hand};

/// An amount of money. Long lists hold many, so that it resolves as [`super::Objects`] do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money(Amount);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Amount(money::Money);

/// An amount of money: `units` of the currency's minor unit. 1999 units with exponent 2 in USD are 19.99 dollars.
#[Object(name = "Money", shareable)]
impl Amount {
    /// The amount in minor units (cents).
    async fn units(&self) -> BigInt {
        BigInt(self.0.units())
    }

    /// How many decimal places the minor unit has: 2 for dollars, 0 for yen.
    async fn exponent(&self) -> i32 {
        i32::from(self.0.currency().exponent())
    }

    /// The ISO 4217 code, such as `USD`.
    async fn currency(&self) -> &str {
        self.0.currency().code()
    }

    /// The amount as a decimal number, such as `19.99`.
    async fn decimal(&self) -> String {
        self.0.decimal()
    }
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self(Amount(money))
    }
}

impl OutputType for Money {
    fn type_name() -> Cow<'static, str> {
        <Amount as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Amount as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_at_hand(ctx, &self.0).await
    }
}
