//! `deleteCategory`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::delete_category,
    graphql::{
        schema::shop,
        types::{CategoryPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct DeleteCategory;

/// Which category.
#[derive(InputObject)]
struct DeleteCategoryInput {
    /// Which category.
    category_id: ID,
    /// Only if the category is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl DeleteCategory {
    /// Deletes a category that holds no products and no categories. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn delete_category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which category.")] input: DeleteCategoryInput,
    ) -> Result<CategoryPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let command = delete_category::Input {
            category_id: global_id::decode("Category", &input.category_id)?,
            if_version: input.if_version.map(Into::into),
        };
        CategoryPayload::of(
            ctx,
            delete_category::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
