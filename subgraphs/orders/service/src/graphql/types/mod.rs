//! What clients see, one noun a file, made from domain values.

mod address;
mod cart;
mod cart_payload;
mod order;
mod order_connection;
mod order_event;
mod order_payload;
mod order_status;
mod problem;
mod refusals;
mod stubs;
mod totals;
mod user_error;

pub(crate) use address::{Address, AddressInput};
pub(crate) use cart::Cart;
pub(crate) use cart_payload::CartPayload;
pub(crate) use order::{Order, Shortage};
pub(crate) use order_connection::{OrderConnection, OrderFilter, StaffOrderFilter};
pub(crate) use order_event::OrderEvent;
pub(crate) use order_payload::OrderPayload;
pub(crate) use order_status::OrderStatus;
pub(crate) use problem::CartProblem;
pub(crate) use stubs::{User, Variant};
pub(crate) use totals::Totals;
pub(crate) use user_error::UserError;
