//! The API of orders on a real database, and what it does about events. One file a query, mutation, subscription and event.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod add_to_cart;
mod cancel_order;
mod cart;
mod change_cart_line;
mod clear_cart;
mod deadline;
mod deliver_order;
mod entities;
mod inventory_events;
mod merge_cart;
mod my_cart;
mod my_orders;
mod offers;
mod order;
mod order_events;
mod orders;
mod payment_events;
mod place_order;
mod plans;
mod refusals;
mod remove_cart_line;
mod replicas;
mod schema;
mod session_revoked;
mod set_cart_address;
mod ship_order;
mod shop;
