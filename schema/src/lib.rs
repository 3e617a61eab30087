//! The schemas of the graph: composes the subgraphs' SDL into the supergraph that the router plans
//! with, and finds what a newer supergraph would break for clients of an older one.
//!
//! Here: composition and comparison of schema texts. Never here: running a subgraph to get its
//! schema, or writing the committed files (`emporium schema` does both).

mod breaking;
mod compose;
mod guards;
mod roots;
mod surface;

pub use breaking::{BreakingChange, ChangeKind, check_breaking};
pub use compose::{CompositionErrors, compose};
pub use surface::SchemaTextError;

/// The committed supergraph of this version, which `emporium schema compose` writes.
pub const SUPERGRAPH: &str = include_str!("../supergraph.graphql");
