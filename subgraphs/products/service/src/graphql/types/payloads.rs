//! What mutations answer with.

use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject};
use fault::Fault;
use serving::graphql::global_id;
use uuid::Uuid;

use super::{Category, Product, Reservation, Stock, UserError, Variant};
use crate::{
    commands::{Done, Refusal},
    graphql::schema::{loaders, shop},
    store::reservations,
};

/// A product and what a mutation did to it.
#[derive(SimpleObject)]
pub(crate) struct ProductPayload {
    /// The product as it is now; null if refused, or if it is gone.
    product: Option<Product>,
    /// The product's id, also when it was deleted.
    product_id: Option<ID>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

/// A variant and what a mutation did to it.
#[derive(SimpleObject)]
pub(crate) struct VariantPayload {
    /// The variant as it is now; null if refused, or if it is gone.
    variant: Option<Variant>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

/// A category and what a mutation did to it.
#[derive(SimpleObject)]
pub(crate) struct CategoryPayload {
    /// The category as it is now; null if refused, or if it is gone.
    category: Option<Category>,
    /// The category's id, also when it was deleted.
    category_id: Option<ID>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

/// The stock of a variant and what a mutation did to it.
#[derive(SimpleObject)]
pub(crate) struct StockPayload {
    /// The stock as it is now; null if refused.
    stock: Option<Stock>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

/// A reservation and what a mutation did to it.
#[derive(SimpleObject)]
pub(crate) struct ReservationPayload {
    /// The reservation as it is now; null if refused.
    reservation: Option<Reservation>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

/// What became of many products.
#[derive(SimpleObject)]
pub(crate) struct BulkCreatePayload {
    /// One for each row of the input, in its order.
    pub rows: Vec<BulkRow>,
    /// Why nothing at all was done.
    pub user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    pub replayed: bool,
}

/// What became of one row.
#[derive(SimpleObject)]
pub(crate) struct BulkRow {
    /// The product as it is now; null if refused, or if it is gone.
    pub product: Option<Product>,
    /// Why this row was refused.
    pub user_errors: Vec<UserError>,
}

fn split<T>(outcome: Result<T, Refusal>) -> (Option<T>, Vec<UserError>) {
    match outcome {
        Ok(value) => (Some(value), Vec::new()),
        Err(refusal) => (None, UserError::of(refusal)),
    }
}

/// A product as it is now.
async fn product(ctx: &Context<'_>, id: Uuid) -> Result<Option<Product>, Fault> {
    Ok(loaders(ctx)?.card(id).await?.map(Product::of))
}

impl ProductPayload {
    pub(crate) async fn of(ctx: &Context<'_>, done: Done<Uuid>) -> Result<Self, Fault> {
        let (id, user_errors) = split(done.outcome);
        let product = match id {
            Some(id) => product(ctx, id).await?,
            None => None,
        };
        let product_id = id.map(|id| global_id::encode("Product", id));
        Ok(Self {
            product,
            product_id,
            user_errors,
            replayed: done.replayed,
        })
    }
}

impl VariantPayload {
    pub(crate) async fn of(ctx: &Context<'_>, done: Done<Uuid>) -> Result<Self, Fault> {
        let (id, user_errors) = split(done.outcome);
        let variant = match id {
            Some(id) => loaders(ctx)?.form(id).await?.map(Variant),
            None => None,
        };
        Ok(Self {
            variant,
            user_errors,
            replayed: done.replayed,
        })
    }
}

impl CategoryPayload {
    pub(crate) async fn of(ctx: &Context<'_>, done: Done<Uuid>) -> Result<Self, Fault> {
        let (id, user_errors) = split(done.outcome);
        let category = match id {
            Some(id) => Category::of(&loaders(ctx)?.forest().await?, id),
            None => None,
        };
        let category_id = id.map(|id| global_id::encode("Category", id));
        Ok(Self {
            category,
            category_id,
            user_errors,
            replayed: done.replayed,
        })
    }
}

impl StockPayload {
    pub(crate) async fn of(ctx: &Context<'_>, done: Done<Uuid>) -> Result<Self, Fault> {
        let (id, user_errors) = split(done.outcome);
        let stock = match id {
            Some(id) => loaders(ctx)?.stock(id).await?,
            None => None,
        };
        Ok(Self {
            stock: stock.as_deref().map(Stock::from),
            user_errors,
            replayed: done.replayed,
        })
    }
}

impl ReservationPayload {
    pub(crate) async fn of(ctx: &Context<'_>, done: Done<Uuid>) -> Result<Self, Fault> {
        let (id, user_errors) = split(done.outcome);
        let stored = match id {
            Some(id) => reservations::load(shop(ctx)?.database.read(), id).await?,
            None => None,
        };
        let reservation = stored.map(|stored| stored.reservation.into());
        Ok(Self {
            reservation,
            user_errors,
            replayed: done.replayed,
        })
    }
}

impl BulkCreatePayload {
    pub(crate) async fn of(
        ctx: &Context<'_>,
        done: Done<Vec<Result<Uuid, Refusal>>>,
    ) -> Result<Self, Fault> {
        let (rows, user_errors) = split(done.outcome);
        let rows = rows.unwrap_or_default();
        let ids: Vec<Uuid> = rows
            .iter()
            .filter_map(|row| row.as_ref().ok().copied())
            .collect();
        let mut cards = crate::store::catalogue::cards(&shop(ctx)?.database, &ids).await?;
        let rows = rows
            .into_iter()
            .enumerate()
            .map(|(index, row)| match row {
                Ok(id) => {
                    let card = cards.remove(&id);
                    BulkRow {
                        product: card.map(|card| Product::of(Arc::new(card))),
                        user_errors: Vec::new(),
                    }
                }
                Err(refusal) => {
                    let root = format!("input.products.{index}");
                    BulkRow {
                        product: None,
                        user_errors: UserError::at(&root, refusal),
                    }
                }
            })
            .collect();
        Ok(Self {
            rows,
            user_errors,
            replayed: done.replayed,
        })
    }
}
