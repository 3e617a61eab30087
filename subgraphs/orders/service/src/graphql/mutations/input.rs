//! Reading what inputs have in common.

use async_graphql::{Context, ID};
use fault::Fault;
use identity::Viewer;
use serving::graphql::global_id;
use uuid::Uuid;

use crate::commands::cart_access::CartAccess;

/// The idempotency key.
pub(super) fn key(key: Option<&str>) -> Result<Option<Uuid>, Fault> {
    let wrong = |_| {
        Fault::invalid("`idempotencyKey` is a UUID, such as 6f1c0a52-8f4e-4a3a-9d55-0d2b6c1f7e10")
    };
    key.map(Uuid::try_parse).transpose().map_err(wrong)
}

/// The cart that is meant, if the caller has any.
pub(super) fn access(
    ctx: &Context<'_>,
    token: Option<&str>,
    cart_id: Option<&ID>,
) -> Result<Option<CartAccess>, Fault> {
    let cart_id = cart_id
        .map(|id| global_id::decode("Cart", id))
        .transpose()?;
    Ok(CartAccess::of(
        ctx.data_unchecked::<Viewer>(),
        token,
        cart_id,
    ))
}

/// The cart that is meant. Who has none gets the same answer as who asks for another's.
pub(super) fn existing(
    ctx: &Context<'_>,
    token: Option<&str>,
    cart_id: Option<&ID>,
) -> Result<CartAccess, Fault> {
    access(ctx, token, cart_id)?.ok_or_else(|| Fault::not_found("cart"))
}

/// A version to compare with.
pub(super) fn version(version: Option<i32>) -> Option<i64> {
    version.map(i64::from)
}

/// A quantity; a negative one is none, which the domain refuses.
pub(super) fn quantity(quantity: i32) -> u32 {
    u32::try_from(quantity).unwrap_or(0)
}
