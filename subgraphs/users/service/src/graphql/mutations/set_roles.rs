//! `setRoles`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use database::idempotency::Once;
use fault::Fault;
use identity::Scope;
use serde::Serialize;
use serving::graphql::global_id;

use crate::commands::once::{Answer, key};
use crate::commands::set_roles::{self, Error};
use crate::graphql::schema::{loaders, services, viewer};
use crate::graphql::types::role::Role;
use crate::graphql::types::user::{Sight, User};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct SetRoles;

/// A choice of roles.
#[derive(InputObject, Serialize)]
struct SetRolesInput {
    /// Whose roles.
    user_id: ID,
    /// All roles of the user from now on; CUSTOMER is among them, named or not.
    roles: Vec<Role>,
    /// Only if the user is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

/// The roles that were set.
#[derive(SimpleObject)]
struct SetRolesPayload {
    /// The user as they are now.
    user: Option<User>,
    /// Why the roles are as they were.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

#[Object]
impl SetRoles {
    /// Sets the roles of a user. Needs the scope `users:manage`. A user who loses a role is logged out everywhere; a
    /// new role shows in the tokens that are refreshed after this. NOT_FOUND if there is no such user.
    #[graphql(requires_scopes = "users:manage")]
    async fn set_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose roles, and which.")] input: SetRolesInput,
    ) -> Result<SetRolesPayload, Fault> {
        let actor_id = viewer(ctx)?.require(Scope::UsersManage)?.id;
        let user_id = global_id::decode("User", &input.user_id)?;
        let request = Once::new(
            actor_id.to_string(),
            "setRoles",
            key(input.idempotency_key.as_deref())?,
            &input,
        );
        let input = set_roles::Input {
            actor_id,
            user_id,
            roles: input.roles.into_iter().map(identity::Role::from).collect(),
            if_version: input.if_version.map(Into::into),
        };
        let (user_errors, replayed) = match set_roles::run(services(ctx)?, input, request).await? {
            Answer::Done {
                outcome: Ok(_),
                replayed,
            } => (Vec::new(), replayed),
            Answer::Done {
                outcome: Err(Error::Stale(current)),
                replayed,
            } => (vec![UserError::stale(current)], replayed),
            Answer::Done {
                outcome: Err(Error::OwnAdminRole),
                replayed,
            } => (vec![UserError::own_admin_role()], replayed),
            Answer::OtherRequest => (vec![UserError::key_conflict()], false),
        };
        let account = loaders(ctx)?.account(user_id).await?;
        let user = account.map(|account| User {
            account,
            sight: Sight::Whole,
        });
        Ok(SetRolesPayload {
            user,
            user_errors,
            replayed,
        })
    }
}
