//! `createProduct`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;

use crate::{
    commands::create_product::{self, ProductInput, VariantInput},
    graphql::{
        schema::{keys, shop},
        types::{MoneyInput, ProductPayload, SelectedOptionInput, money, origin},
    },
};

#[derive(Default)]
pub(super) struct CreateProduct;

/// A product to create, with its variants.
#[derive(InputObject)]
pub(super) struct NewProductInput {
    /// The readable part of its address: lower-case letters, digits and hyphens. Made from the name when left out.
    slug: Option<String>,
    /// What it is called; 1 to 200 characters.
    name: String,
    /// What is said about it; at most 10,000 characters.
    #[graphql(default)]
    description: String,
    /// Who makes it; 1 to 100 characters.
    brand: Option<String>,
    /// What its variants differ in, such as `Colour`; at most 3.
    #[graphql(default)]
    options: Vec<String>,
    /// The categories it stands in, the nearest first; at most 20.
    #[graphql(default)]
    category_ids: Vec<ID>,
    /// Its variants; at most 100.
    #[graphql(default)]
    variants: Vec<NewVariantInput>,
    /// Publishes it at once.
    #[graphql(default)]
    publish: bool,
}

/// A variant to create.
#[derive(InputObject)]
pub(super) struct NewVariantInput {
    /// Its stock keeping unit, unique in the shop: letters, digits, dots, hyphens, underscores; at most 64.
    sku: String,
    /// What it is called; made from its options when left out.
    name: Option<String>,
    /// One value for each option of the product, in the product's order.
    #[graphql(default)]
    options: Vec<SelectedOptionInput>,
    /// What one costs.
    price: MoneyInput,
    /// How many are in the house.
    #[graphql(default)]
    on_hand: i32,
}

/// A product to create.
#[derive(InputObject)]
struct CreateProductInput {
    /// The product.
    product: NewProductInput,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

impl NewProductInput {
    pub(super) fn read(self) -> Result<ProductInput, Fault> {
        let mut variants = Vec::with_capacity(self.variants.len());
        for variant in self.variants {
            variants.push(variant.read(Some(&self.options))?);
        }
        Ok(ProductInput {
            slug: self.slug,
            name: self.name,
            description: self.description,
            brand: self.brand,
            options: self.options,
            category_ids: keys("Category", &self.category_ids)?,
            variants,
            publish: self.publish,
        })
    }
}

impl NewVariantInput {
    /// Reads the variant of a product with these options, when they are known.
    pub(super) fn read(self, options: Option<&[String]>) -> Result<VariantInput, Fault> {
        Ok(VariantInput {
            sku: self.sku,
            name: self.name,
            values: values(self.options, options)?,
            price: money(&self.price)?,
            on_hand: i64::from(self.on_hand),
        })
    }
}

/// The values of a variant. They must be given in the order of the product's options.
pub(super) fn values(
    selected: Vec<SelectedOptionInput>,
    options: Option<&[String]>,
) -> Result<Vec<String>, Fault> {
    if let Some(options) = options {
        let wrong = selected
            .iter()
            .zip(options)
            .find(|(selected, option)| selected.name != **option);
        if let Some((selected, option)) = wrong {
            let (given, wanted) = (&selected.name, option);
            return Err(Fault::invalid(format!(
                "the option `{given}` stands where the product has `{wanted}`: give options in the product's order"
            )));
        }
    }
    Ok(selected.into_iter().map(|option| option.value).collect())
}

#[Object]
impl CreateProduct {
    /// Creates a product, as a draft unless told to publish it. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn create_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product.")] input: CreateProductInput,
    ) -> Result<ProductPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let done = create_product::run(shop(ctx)?, &origin, &input.product.read()?).await?;
        ProductPayload::of(ctx, done).await
    }
}
