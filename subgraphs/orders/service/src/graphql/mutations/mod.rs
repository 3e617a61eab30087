//! One file a mutation: read the input, run the command of the same name, show what came of it.

mod add_to_cart;
mod cancel_order;
mod change_cart_line;
mod clear_cart;
mod deliver_order;
mod input;
mod merge_cart;
mod place_order;
mod remove_cart_line;
mod set_cart_address;
mod ship_order;

use async_graphql::MergedObject;

/// What can be done about carts and orders.
#[derive(MergedObject, Default)]
pub struct Mutation(
    add_to_cart::AddToCart,
    change_cart_line::ChangeCartLine,
    remove_cart_line::RemoveCartLine,
    clear_cart::ClearCart,
    set_cart_address::SetCartAddress,
    merge_cart::MergeCart,
    place_order::PlaceOrder,
    cancel_order::CancelOrder,
    ship_order::ShipOrder,
    deliver_order::DeliverOrder,
);
