//! The graph of products on a real database, and what it does about events.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod adjust_stock;
mod archive_product;
mod bulk_create_products;
mod categories;
mod category;
mod create_category;
mod create_product;
mod create_variant;
mod delete_category;
mod delete_product;
mod delete_variant;
mod engine;
mod furnished;
mod media;
mod order_cancelled;
mod order_expired;
mod order_paid;
mod order_placed;
mod product;
mod products;
mod proxy;
mod publish_product;
mod refusals;
mod release_reservation;
mod replicas;
mod republish;
mod reserve_stock;
mod search_alike;
mod search_away;
mod search_index;
mod search_products;
mod search_reindex;
mod seed;
mod set_low_stock;
mod shop;
mod stock;
mod stock_ledger;
mod suggest;
mod sweep_reservations;
mod update_category;
mod update_product;
mod update_variant;
