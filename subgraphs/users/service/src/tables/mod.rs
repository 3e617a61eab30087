//! SeaORM models, one a table. Rules and conversions are never here: see `store`.

pub(crate) mod addresses;
pub(crate) mod refresh_tokens;
pub(crate) mod sessions;
pub(crate) mod user_roles;
pub(crate) mod users;
