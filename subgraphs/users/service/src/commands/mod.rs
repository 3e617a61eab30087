//! What can be done, one file per verb: `run` loads, decides, saves, announces, commits. Beside them what several
//! verbs share: `once` (idempotency), `announce`, `end_sessions`, `hash_password`, `issue_tokens`, `throttle`.
//! Never here: GraphQL, HTTP.

pub(crate) mod add_address;
mod announce;
pub(crate) mod end_sessions;
pub(crate) mod hash_password;
pub(crate) mod issue_tokens;
pub(crate) mod log_in;
pub(crate) mod log_out;
pub(crate) mod once;
pub(crate) mod prune_sessions;
pub(crate) mod refresh_token;
pub(crate) mod register;
pub(crate) mod remove_address;
pub(crate) mod revoke_sessions;
pub(crate) mod seed_demo;
pub(crate) mod set_default_address;
pub(crate) mod set_roles;
pub(crate) mod throttle;
pub(crate) mod update_address;
