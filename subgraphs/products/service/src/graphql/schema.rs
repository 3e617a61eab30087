//! The schema, and what every resolver takes from its context.

use async_graphql::{
    Context, EmptySubscription, ID, MergedObject, SDLExportOptions, SchemaBuilder,
};
use fault::Fault;
use identity::{Scope, Viewer};
use serving::graphql::global_id;
use uuid::Uuid;

use super::{
    Loaders,
    mutations::Mutation,
    query::{Catalogue, Inventory, Search},
    references::References,
};
use crate::app::Shop;

/// The executable schema.
pub(crate) type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// What can be asked.
#[derive(MergedObject, Default)]
pub struct Query(Catalogue, Search, Inventory, References);

pub(crate) fn schema() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .enable_federation()
        .enable_subscription_in_federation()
}

/// The schema in the federation's form.
pub(crate) fn sdl() -> String {
    schema().finish().sdl_with_options(
        SDLExportOptions::new()
            .federation()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items(),
    )
}

fn missing(error: async_graphql::Error) -> Fault {
    Fault::internal(error.message)
}

pub(super) fn shop<'a>(ctx: &Context<'a>) -> Result<&'a Shop, Fault> {
    ctx.data().map_err(missing)
}

pub(super) fn viewer<'a>(ctx: &Context<'a>) -> Result<&'a Viewer, Fault> {
    ctx.data().map_err(missing)
}

pub(super) fn loaders<'a>(ctx: &Context<'a>) -> Result<&'a Loaders, Fault> {
    ctx.data().map_err(missing)
}

/// Whether the viewer may see what is not public.
pub(super) fn edits_catalogue(ctx: &Context<'_>) -> Result<bool, Fault> {
    Ok(viewer(ctx)?.has(Scope::CatalogWrite))
}

/// The keys of a list of ids.
pub(super) fn keys(kind: &str, ids: &[ID]) -> Result<Vec<Uuid>, Fault> {
    ids.iter().map(|id| global_id::decode(kind, id)).collect()
}
