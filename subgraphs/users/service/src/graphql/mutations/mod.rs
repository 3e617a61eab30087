//! Mutations, one verb a file: take the input, run the command of the same name, answer. Never here: decisions.

mod add_address;
mod log_in;
mod log_out;
mod refresh_token;
mod register;
mod remove_address;
mod revoke_sessions;
mod set_default_address;
mod set_roles;
mod update_address;

use async_graphql::MergedObject;

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    register::Register,
    log_in::LogIn,
    refresh_token::RefreshToken,
    log_out::LogOut,
    revoke_sessions::RevokeSessions,
    add_address::AddAddress,
    update_address::UpdateAddress,
    remove_address::RemoveAddress,
    set_default_address::SetDefaultAddress,
    set_roles::SetRoles,
);
