//! The invariants I1 to I4 and I7 as a check that anyone can run on a shop, also while it runs: what the databases, the
//! payment provider and the shoppers' journal say is loaded, then judged by pure functions.

mod facts;
mod journal;
mod judge;
mod load;
mod provider;

pub(crate) use facts::{Facts, Intent};
pub(crate) use journal::Answered;
pub(crate) use judge::judge;
pub(crate) use load::load;
pub(crate) use provider::Provider;
