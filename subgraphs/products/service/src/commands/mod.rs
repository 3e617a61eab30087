//! What can be done to the catalogue and to stock, one verb a file: load, decide, save, announce, commit.
//! Never here: GraphQL, parsing of events.

pub(crate) mod adjust_stock;
mod announce;
pub(crate) mod archive_product;
pub(crate) mod bulk_create_products;
mod change_product;
pub(crate) mod commit_reservation;
pub(crate) mod create_category;
pub(crate) mod create_product;
pub(crate) mod create_variant;
pub(crate) mod delete_category;
pub(crate) mod delete_product;
pub(crate) mod delete_variant;
pub(crate) mod expire_reservations;
pub(crate) mod follow_catalogue;
pub(crate) mod lock_stock;
mod move_stock;
mod once;
mod patch;
pub(crate) mod publish_product;
mod refusal;
pub(crate) mod reindex;
pub(crate) mod release_reservation;
pub(crate) mod republish;
pub(crate) mod reserve_stock;
pub(crate) mod seed;
pub(crate) mod set_low_stock;
pub(crate) mod update_category;
pub(crate) mod update_product;
pub(crate) mod update_variant;

pub(crate) use change_product::Target;
pub(crate) use once::{Done, Origin};
pub(crate) use patch::Patch;
pub(crate) use refusal::{Refusal, Shortage, Stop};
