//! The graph of users: roots, types, references and loaders. Never here: rules, SQL.

mod directives;
mod loaders;
mod mutations;
mod query;
mod references;
mod schema;
mod types;

pub(crate) use loaders::Loaders;
pub use mutations::Mutation;
pub use schema::{Query, Schema};
pub(crate) use schema::{schema, sdl};
