//! The executable schema.

use std::sync::Arc;

use async_graphql::{EmptySubscription, SDLExportOptions};

use super::{mutations::Mutation, query::Query};
use crate::app::Tools;

/// Payments' executable schema.
pub(crate) type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema; without tools only its text can be had.
pub(crate) fn build(tools: Option<Arc<Tools>>) -> Schema {
    let mut builder = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .enable_federation()
        .enable_subscription_in_federation();
    if let Some(tools) = tools {
        builder = builder.data(tools);
    }
    builder.finish()
}

/// The schema as text, in the federation's form.
pub(crate) fn sdl() -> String {
    build(None).sdl_with_options(
        SDLExportOptions::new()
            .federation()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items(),
    )
}
