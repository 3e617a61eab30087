//! `bulkCreateProducts`.

use async_graphql::{Context, InputObject, Object};
use fault::Fault;
use identity::Scope;

use super::create_product::NewProductInput;
use crate::{
    commands::bulk_create_products,
    graphql::{
        directives,
        schema::shop,
        types::{BulkCreatePayload, origin},
    },
};

#[derive(Default)]
pub(super) struct BulkCreateProducts;

/// Products to create.
#[derive(InputObject)]
struct BulkCreateProductsInput {
    /// The products; at most 200.
    products: Vec<NewProductInput>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl BulkCreateProducts {
    /// Creates many products: those that are right are created, of the others each row tells its errors. For staff
    /// (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write", directive = directives::cost::apply("50".to_owned()))]
    async fn bulk_create_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The products.")] input: BulkCreateProductsInput,
    ) -> Result<BulkCreatePayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let rows = input
            .products
            .into_iter()
            .map(NewProductInput::read)
            .collect::<Result<_, _>>()?;
        let done =
            bulk_create_products::run(shop(ctx)?, &origin, &bulk_create_products::Input { rows })
                .await?;
        BulkCreatePayload::of(ctx, done).await
    }
}
