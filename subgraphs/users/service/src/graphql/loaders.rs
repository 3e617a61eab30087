//! Reads rows for many objects at once; made anew for each request, and without a cache, so that what a mutation
//! answers is what it changed.

use std::collections::HashMap;

use database::{Database, DatabaseError};
use dataloader::BatchFn;
use dataloader::non_cached::Loader;
use fault::Fault;
use uuid::Uuid;

use crate::store;
use crate::store::addresses::Stored;
use crate::store::roles::Roles;
use users_domain::Account;

type Loaded<T> = Result<T, Fault>;

/// One per request.
pub(crate) struct Loaders {
    accounts: Loader<Uuid, Loaded<Option<Account>>, Accounts>,
    roles: Loader<Uuid, Loaded<Roles>, RolesOf>,
    addresses: Loader<Uuid, Loaded<Vec<Stored>>, AddressesOf>,
}

impl Loaders {
    pub(crate) fn new(database: &Database) -> Self {
        Self {
            accounts: Loader::new(Accounts(database.clone())),
            roles: Loader::new(RolesOf(database.clone())),
            addresses: Loader::new(AddressesOf(database.clone())),
        }
    }

    pub(crate) async fn account(&self, id: Uuid) -> Loaded<Option<Account>> {
        self.accounts.try_load(id).await.map_err(Fault::internal)?
    }

    pub(crate) async fn roles(&self, user: Uuid) -> Loaded<Roles> {
        self.roles.try_load(user).await.map_err(Fault::internal)?
    }

    pub(crate) async fn addresses(&self, user: Uuid) -> Loaded<Vec<Stored>> {
        self.addresses
            .try_load(user)
            .await
            .map_err(Fault::internal)?
    }
}

/// A value for each key, or the failure for each.
fn spread<T: Default>(
    keys: &[Uuid],
    found: Result<HashMap<Uuid, T>, DatabaseError>,
) -> HashMap<Uuid, Loaded<T>> {
    match found {
        Ok(mut found) => keys
            .iter()
            .map(|key| (*key, Ok(found.remove(key).unwrap_or_default())))
            .collect(),
        Err(error) => {
            let fault = Fault::from(error);
            keys.iter().map(|key| (*key, Err(fault.clone()))).collect()
        }
    }
}

struct Accounts(Database);

impl BatchFn<Uuid, Loaded<Option<Account>>> for Accounts {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Loaded<Option<Account>>> {
        let found = store::accounts::load_many(self.0.read(), keys).await;
        spread(
            keys,
            found.map(|found| {
                found
                    .into_iter()
                    .map(|account| (account.id, Some(account)))
                    .collect()
            }),
        )
    }
}

struct RolesOf(Database);

impl BatchFn<Uuid, Loaded<Roles>> for RolesOf {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Loaded<Roles>> {
        spread(keys, store::roles::of_users(self.0.read(), keys).await)
    }
}

struct AddressesOf(Database);

impl BatchFn<Uuid, Loaded<Vec<Stored>>> for AddressesOf {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Loaded<Vec<Stored>>> {
        let found = store::addresses::of_users(self.0.read(), keys)
            .await
            .map(|found| {
                found
                    .into_iter()
                    .fold(HashMap::<_, Vec<_>>::new(), |mut of, stored| {
                        of.entry(stored.user_id).or_default().push(stored);
                        of
                    })
            });
        spread(keys, found)
    }
}
