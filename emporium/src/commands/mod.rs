//! What the command line can do, one file a verb. Verbs that concern a shop's data go through [`perform`], the same in
//! this process and behind the control socket.

mod bench;
mod doctor;
mod events;
mod invariants;
mod keys;
mod migrate;
mod perform;
mod place;
mod reindex;
mod schema;
mod seed;
mod up;

pub(crate) use bench::{BenchArgs, bench};
pub(crate) use invariants::invariants;
pub(crate) use migrate::migrate;
pub(crate) use perform::{Reporter, perform};
pub(crate) use place::Place;
pub(crate) use schema::{check_schema, compose, release_schema};
pub(crate) use seed::seed;
pub(crate) use up::up;
