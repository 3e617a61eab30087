//! The rules of products, pure: what a product is, how its state moves, what stock may do, how long a reservation
//! lives. Never here: a database, GraphQL, async code, the environment, or a clock (times and ids are parameters).
#![deny(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::as_conversions
)]

mod category;
mod ledger;
mod product;
mod reservation;
mod state;
mod stock;
mod text;
mod variant;

pub use category::{Category, CategoryError, CategoryTree, MAX_DEPTH};
pub use ledger::{Entry, EntryKind};
pub use product::{
    Facts, MAX_CATEGORIES, MAX_OPTIONS, MAX_VARIANTS, PriceRange, Product, ProductError,
};
pub use reservation::{
    Line, MAX_LINES, Reservation, ReservationError, ReservationState, lines_from,
};
pub use state::{State, StateError, StateKind};
pub use stock::{Crossing, MAX_ON_HAND, StockError, StockLevel};
pub use text::{Brand, Description, Flaw, Name, OptionName, OptionValue, Reason, Sku, Slug};
pub use variant::{MAX_PRICE, Price, Variant, VariantFacts};
