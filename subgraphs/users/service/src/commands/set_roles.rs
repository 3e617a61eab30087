//! Makes an admin's choice of roles those of a user. Losing a role ends the user's sessions, so that no token goes on
//! allowing what the user may no longer do.

use database::idempotency::Once;
use events::users::UserRolesChanged;
use fault::Fault;
use identity::{Role, Scope, Scopes};
use serde::{Deserialize, Serialize};
use users_domain::EndReason;
use uuid::Uuid;

use super::announce::announce;
use super::end_sessions;
use super::once::{Answer, once};
use crate::app::Services;
use crate::store;
use crate::store::roles::Roles;

pub(crate) struct Input {
    pub(crate) actor_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) roles: Roles,
    pub(crate) if_version: Option<i64>,
}

/// Why the roles are as they were.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Error {
    /// The user is at this version, not at `if_version`.
    Stale(i64),
    /// Nobody takes the right to set roles from themselves: that way the last admin could go.
    OwnAdminRole,
}

/// The user's id. Forbidden if the actor is no admin any more, whatever the token says; NotFound without such a user.
pub(crate) async fn run(
    services: &Services,
    mut input: Input,
    request: Once,
) -> Result<Answer<Uuid, Error>, Fault> {
    input.roles.insert(Role::Customer);
    let (input, request) = (&input, &request);
    services
        .database
        .write(|tx| async move {
            // Both rows are locked in one order, so that two admins cannot take the role from each other at once.
            let mut ids = [input.actor_id, input.user_id];
            ids.sort_unstable();
            let mut target = None;
            for id in ids {
                let account = store::accounts::lock(&tx, id).await?;
                target = account
                    .filter(|account| account.id == input.user_id)
                    .or(target);
            }
            let manages = |roles: &Roles| store::roles::scopes(roles).contains(Scope::UsersManage);
            if !manages(&store::roles::of_user(&tx, input.actor_id).await?) {
                return Err(Fault::forbidden());
            }
            once(&tx, request, async {
                let account = target.ok_or_else(|| Fault::not_found("user"))?;
                if input
                    .if_version
                    .is_some_and(|version| version != account.version)
                {
                    return Ok(Err(Error::Stale(account.version)));
                }
                if input.actor_id == account.id && !manages(&input.roles) {
                    return Ok(Err(Error::OwnAdminRole));
                }
                let before = store::roles::of_user(&tx, account.id).await?;
                if before == input.roles {
                    return Ok(Ok(account.id));
                }
                store::roles::replace(&tx, account.id, &input.roles).await?;
                store::accounts::save(&tx, &account).await?;
                let roles = input.roles.iter().map(Role::to_string).collect();
                announce(
                    &tx,
                    &services.clock,
                    account.id,
                    &[UserRolesChanged {
                        user_id: account.id,
                        roles,
                    }],
                )
                .await?;
                if lost(
                    store::roles::scopes(&before),
                    store::roles::scopes(&input.roles),
                ) {
                    let now = tx.now().await?;
                    let sessions = store::sessions::lock_open(&tx, account.id, now).await?;
                    end_sessions::apply(
                        &tx,
                        services,
                        account.id,
                        &sessions,
                        EndReason::RolesChanged,
                        now,
                    )
                    .await?;
                }
                Ok(Ok(account.id))
            })
            .await
        })
        .await
}

fn lost(before: Scopes, after: Scopes) -> bool {
    before.iter().any(|scope| !after.contains(scope))
}
