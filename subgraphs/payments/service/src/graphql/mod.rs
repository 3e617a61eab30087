//! Payments' part of the graph. Rules are never here: a resolver reads its input, calls a command or a loader, and
//! shows what came of it.

mod directives;
mod loaders;
mod mutations;
mod query;
mod references;
mod schema;
mod types;

pub(crate) use loaders::Loaders;
pub(crate) use schema::{Schema, build, sdl};
