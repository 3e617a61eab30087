//! The executable schema.

use async_graphql::{SDLExportOptions, ValidationMode};

use super::{mutations::Mutation, query::Query, subscriptions::Subscription};

/// Orders' executable schema.
pub(crate) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema; everything that it works with comes with each operation.
pub(crate) fn build(mode: ValidationMode) -> Schema {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .enable_federation()
        .enable_subscription_in_federation()
        .validation_mode(mode)
        .finish()
}

/// The schema as text, in the federation's form.
pub(crate) fn sdl() -> String {
    build(ValidationMode::Strict).sdl_with_options(
        SDLExportOptions::new()
            .federation()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items(),
    )
}
