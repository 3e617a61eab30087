//! What other subgraphs refer to by its key. Whoever may not see it gets nothing, as if it did not exist. What was once
//! public stays readable here, so that old orders can show what was bought; drafts are for those who edit the catalogue.

use async_graphql::{Context, ID, Object};
use fault::Fault;
use products_domain::StateKind;
use serving::graphql::global_id;

use super::{
    schema::{edits_catalogue, loaders},
    types::{Product, Variant},
};

#[derive(Default)]
pub(crate) struct References;

#[Object]
impl References {
    /// A product by its id.
    #[graphql(entity)]
    async fn product_reference(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Product>, Fault> {
        // One bad reference must not spoil the others of its list, so it is null and not an error.
        let Ok(id) = global_id::decode("Product", &id) else {
            return Ok(None);
        };
        let card = loaders(ctx)?.card(id).await?;
        let all = edits_catalogue(ctx)?;
        Ok(card
            .filter(|card| all || card.state() != Some(StateKind::Draft))
            .map(Product::of))
    }

    /// A variant by its id.
    #[graphql(entity)]
    async fn variant_reference(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Variant>, Fault> {
        let Ok(id) = global_id::decode("Variant", &id) else {
            return Ok(None);
        };
        let form = loaders(ctx)?.form(id).await?;
        let all = edits_catalogue(ctx)?;
        Ok(form
            .filter(|form| all || form.state != StateKind::Draft)
            .map(Variant))
    }
}
