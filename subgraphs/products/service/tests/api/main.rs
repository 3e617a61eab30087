//! The graph of products on a real database, and what it does about events.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bulk_create_products;
mod categories;
mod create_product;
mod edit_product;
mod media;
mod orders;
mod product;
mod products;
mod refusals;
mod republish;
mod reservations;
mod search;
mod seed;
mod shop;
mod stock;
mod variants;
