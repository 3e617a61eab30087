//! `emporium bench`: how fast a shop is, as its clients see it. The load comes from this process; the shop is a child
//! process on a folder of its own, with its settings as shipped except those that [`shop_process`] names.
//!
//! Here: load, scenarios, figures. Never here: anything that the shop itself needs.

mod args;
mod catalogue;
mod chance;
mod connection;
mod load;
mod machine;
mod process;
mod record;
mod roles;
mod run;
mod scenarios;
mod shop_process;
mod shopper;
mod stream;

pub(crate) use args::BenchArgs;
pub(crate) use run::bench;
