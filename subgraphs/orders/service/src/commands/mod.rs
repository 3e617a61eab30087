//! One file a verb: load, decide, save, announce, commit. What they share: `shop` (what each works with), `edit_cart` and
//! `cart_access` (verbs of the cart), `move_order`, `step` and `announce` (verbs of the order), `wakes` (who waits for
//! news) and `look_out` (should one be lost). GraphQL is never here.

pub(crate) mod add_to_cart;
mod announce;
pub(crate) mod await_payment;
pub(crate) mod cancel_order;
pub(crate) mod cart_access;
pub(crate) mod change_cart_line;
pub(crate) mod clear_cart;
pub(crate) mod deliver_order;
pub(crate) mod edit_cart;
pub(crate) mod expire_carts;
pub(crate) mod expire_orders;
pub(crate) mod look_out;
pub(crate) mod merge_cart;
pub(crate) mod move_order;
pub(crate) mod pay_order;
pub(crate) mod place_order;
pub(crate) mod record_attempt;
pub(crate) mod record_refund;
pub(crate) mod reject_order;
pub(crate) mod remove_cart_line;
pub(crate) mod revoke_session;
pub(crate) mod set_cart_address;
pub(crate) mod ship_order;
pub(crate) mod shop;
mod step;
pub(crate) mod take_product;
pub(crate) mod take_stock;
pub(crate) mod wakes;
