//! GraphQL types, one noun a file; made from domain types, never from rows.

pub(crate) mod address;
pub(crate) mod role;
pub(crate) mod session;
pub(crate) mod user;
pub(crate) mod user_error;
pub(crate) mod user_list;
