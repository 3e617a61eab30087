//! `updateCategory`.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::{Patch, update_category},
    graphql::{
        schema::shop,
        types::{CategoryPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct UpdateCategory;

/// What changes; what is left out stays as it is.
#[derive(InputObject)]
struct UpdateCategoryInput {
    /// Which category.
    category_id: ID,
    /// The readable part of its address.
    slug: Option<String>,
    /// What it is called.
    name: Option<String>,
    /// The category above it; null moves it to the top.
    parent_id: MaybeUndefined<ID>,
    /// Its place among its siblings; equals go by name.
    position: Option<i32>,
    /// Only if the category is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl UpdateCategory {
    /// Renames or moves a category, with all below it. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn update_category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateCategoryInput,
    ) -> Result<CategoryPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let parent_id = match Patch::from(input.parent_id) {
            Patch::Set(id) => Patch::Set(global_id::decode("Category", &id)?),
            Patch::Clear => Patch::Clear,
            Patch::Keep => Patch::Keep,
        };
        let command = update_category::Input {
            category_id: global_id::decode("Category", &input.category_id)?,
            if_version: input.if_version.map(Into::into),
            slug: input.slug,
            name: input.name,
            parent_id,
            position: input.position,
        };
        CategoryPayload::of(
            ctx,
            update_category::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
