//! The schema, and what every resolver takes from its context.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::{Context, EmptySubscription, MergedObject, SDLExportOptions, SchemaBuilder};
use fault::Fault;
use identity::Viewer;
use serving::Caller;

use super::loaders::Loaders;
use super::mutations::Mutation;
use super::query::Accounts;
use super::references::References;
use crate::app::Services;

/// The executable schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// What can be asked.
#[derive(MergedObject, Default)]
pub struct Query(Accounts, References);

pub(crate) fn schema() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .enable_federation()
        .enable_subscription_in_federation()
}

/// The schema in the federation's form.
pub(crate) fn sdl() -> String {
    let options = SDLExportOptions::new()
        .federation()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    schema().finish().sdl_with_options(options)
}

fn missing(error: async_graphql::Error) -> Fault {
    Fault::internal(error.message)
}

pub(super) fn services<'a>(ctx: &Context<'a>) -> Result<&'a Services, Fault> {
    ctx.data::<Arc<Services>>()
        .map(AsRef::as_ref)
        .map_err(missing)
}

pub(super) fn viewer<'a>(ctx: &Context<'a>) -> Result<&'a Viewer, Fault> {
    ctx.data().map_err(missing)
}

pub(super) fn loaders<'a>(ctx: &Context<'a>) -> Result<&'a Loaders, Fault> {
    ctx.data().map_err(missing)
}

/// The client's address, if the transport told it.
pub(super) fn address(ctx: &Context<'_>) -> Option<IpAddr> {
    ctx.data::<Caller>().ok().and_then(|caller| caller.address)
}
