//! What is measured, one file each. A client of a scenario is a struct; one call of `act` is one operation.

mod cart_add;
mod checkout;
mod detail;
mod flash_sale;
mod latency;
mod list;
mod memory;
mod reindex;
mod search;
mod starts;
mod wake;

pub(super) use cart_add::cart_add;
pub(super) use checkout::checkout;
pub(super) use detail::{Detail, detail};
pub(super) use flash_sale::{FLASH_SALE_SHOPPERS, flash_sale};
pub(super) use latency::{LATENCY_SHOPPERS, latency};
pub(super) use list::list;
pub(super) use memory::memory;
pub(super) use reindex::reindex;
pub(super) use search::{Search, search};
pub(super) use starts::{cold_start, first_start};
pub(super) use wake::wake;
