//! What the graph of products consists of, one noun a file.

mod category;
mod image;
mod inputs;
mod payloads;
mod product;
mod product_list;
mod search_results;
mod stock;
mod stock_ledger;
mod user_error;
mod variant;

pub(crate) use category::Category;
pub(crate) use image::Image;
pub(crate) use inputs::{CategoryBy, MoneyInput, ProductBy, SelectedOptionInput, money, origin};
pub(crate) use payloads::{
    BulkCreatePayload, CategoryPayload, ProductPayload, ReservationPayload, StockPayload,
    VariantPayload,
};
pub(crate) use product::{Product, ProductState, whole};
pub(crate) use product_list::{ProductConnection, ProductFilter, ProductSort};
pub(crate) use search_results::{SearchFilter, SearchResults, SearchSort, SearchSuggestion};
pub(crate) use stock::{Reservation, Stock};
pub(crate) use stock_ledger::StockLedgerConnection;
pub(crate) use user_error::UserError;
pub(crate) use variant::Variant;
