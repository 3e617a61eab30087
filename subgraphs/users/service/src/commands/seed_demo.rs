//! Three accounts to try the shop with. Their passwords are public: never on a shop that others can reach.

use events::users::{UserRegistered, UserRolesChanged};
use fault::Fault;
use identity::Role;
use users_domain::{Account, DisplayName, Email};

use super::announce::announce;
use crate::app::Services;
use crate::store;

/// E-mail address, password, name and roles of each demo account.
pub const DEMO_ACCOUNTS: [(&str, &str, &str, &[Role]); 3] = [
    (
        "admin@emporium.example",
        "admin-of-the-emporium",
        "Ada Admin",
        &[Role::Customer, Role::Staff, Role::Admin],
    ),
    (
        "staff@emporium.example",
        "staff-of-the-emporium",
        "Stan Staff",
        &[Role::Customer, Role::Staff],
    ),
    (
        "shopper@emporium.example",
        "shopper-at-the-emporium",
        "Sara Shopper",
        &[Role::Customer],
    ),
];

/// Makes the demo accounts that are not there; returns how many it made.
pub(crate) async fn run(services: &Services) -> Result<u32, Fault> {
    let mut made = 0;
    for (email, password, name, roles) in DEMO_ACCOUNTS {
        let email = &Email::parse(email).map_err(Fault::internal)?;
        let name = &DisplayName::parse(name).map_err(Fault::internal)?;
        if store::accounts::by_email(services.database.read(), email)
            .await?
            .is_some()
        {
            continue;
        }
        let hash = &services.passwords.hash(password).await?;
        made += services
            .database
            .write(|tx| async move {
                let now = tx.now().await?;
                let account =
                    Account::register(services.clock.id(), email.clone(), Some(name.clone()), now);
                if !store::accounts::insert(&tx, &account, hash).await? {
                    return Ok(0);
                }
                store::roles::add(&tx, account.id, roles.iter().copied()).await?;
                announce(
                    &tx,
                    &services.clock,
                    account.id,
                    &[UserRegistered {
                        user_id: account.id,
                    }],
                )
                .await?;
                if roles != [Role::Customer] {
                    let roles = roles.iter().map(Role::to_string).collect();
                    let changed = UserRolesChanged {
                        user_id: account.id,
                        roles,
                    };
                    announce(&tx, &services.clock, account.id, &[changed]).await?;
                }
                Ok::<_, Fault>(1)
            })
            .await?;
    }
    Ok(made)
}
