//! The graph of products. Never here: rules, SQL.

mod directives;
mod loaders;
mod mutations;
mod query;
mod references;
mod schema;
mod types;

pub(crate) use loaders::Loaders;
pub(crate) use schema::{Schema, schema, sdl};
