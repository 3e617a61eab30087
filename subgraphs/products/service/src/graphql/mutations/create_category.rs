//! `createCategory`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::create_category,
    graphql::{
        schema::shop,
        types::{CategoryPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct CreateCategory;

/// A category to add.
#[derive(InputObject)]
struct CreateCategoryInput {
    /// The readable part of its address. Made from the name when left out.
    slug: Option<String>,
    /// What it is called; 1 to 200 characters.
    name: String,
    /// The category above it; at the top when left out.
    parent_id: Option<ID>,
    /// Its place among its siblings; equals go by name.
    #[graphql(default)]
    position: i32,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl CreateCategory {
    /// Adds a category to the tree, which goes 8 levels deep at most. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn create_category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category.")] input: CreateCategoryInput,
    ) -> Result<CategoryPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let command = create_category::Input {
            slug: input.slug,
            name: input.name,
            parent_id: input
                .parent_id
                .map(|id| global_id::decode("Category", &id))
                .transpose()?,
            position: input.position,
        };
        CategoryPayload::of(
            ctx,
            create_category::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
