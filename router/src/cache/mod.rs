//! Answers to public catalogue reads, kept for a few seconds and forgotten when the catalogue changes.
//!
//! `public.rs` says which operations these are, `asked.rs` tells requests apart, `store.rs` keeps answers. Never here:
//! anything that depends on who asks.

mod asked;
mod public;
mod response_cache;
mod store;

pub(crate) use public::Public;
pub(crate) use response_cache::{Found, ResponseCache, holds_errors};
