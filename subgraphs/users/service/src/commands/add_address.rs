//! Adds an address to an account; the first one becomes the default for shipping and billing.

use database::idempotency::Once;
use fault::Fault;
use serde::{Deserialize, Serialize};
use users_domain::{Address, AddressForm, AddressUse, MAX_ADDRESSES};
use uuid::Uuid;

use super::once::{Answer, once};
use crate::app::Services;
use crate::store;
use crate::store::addresses::Stored;

pub(crate) struct Input {
    pub(crate) user_id: Uuid,
    pub(crate) form: AddressForm,
    pub(crate) default_for: Vec<AddressUse>,
    pub(crate) if_version: Option<i64>,
}

/// Why no address was added.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Error {
    /// What is wrong with the fields of these names.
    Invalid(Vec<(String, String)>),
    /// The account has `MAX_ADDRESSES`.
    TooMany,
    /// The account is at this version, not at `if_version`.
    Stale(i64),
}

/// The new address's id.
pub(crate) async fn run(
    services: &Services,
    input: Input,
    request: Once,
) -> Result<Answer<Uuid, Error>, Fault> {
    let (input, request) = (&input, &request);
    services
        .database
        .write(|tx| async move {
            once(&tx, request, async {
                let account = store::accounts::lock(&tx, input.user_id)
                    .await?
                    .ok_or_else(Fault::unauthenticated)?;
                if input
                    .if_version
                    .is_some_and(|version| version != account.version)
                {
                    return Ok(Err(Error::Stale(account.version)));
                }
                let address = match Address::parse(&input.form) {
                    Ok(address) => address,
                    Err(refusals) => {
                        let refusals = refusals
                            .into_iter()
                            .map(|refusal| (refusal.field.to_owned(), refusal.message));
                        return Ok(Err(Error::Invalid(refusals.collect())));
                    }
                };
                let count = store::addresses::count(&tx, account.id).await?;
                if usize::try_from(count).unwrap_or(usize::MAX) >= MAX_ADDRESSES {
                    return Ok(Err(Error::TooMany));
                }
                let stored = Stored {
                    id: services.clock.id(),
                    user_id: account.id,
                    address,
                };
                store::addresses::insert(&tx, &stored, tx.now().await?).await?;
                let defaults = input.default_for.iter();
                let account = defaults
                    .fold(account.with_address(stored.id), |account, &purpose| {
                        account.with_default(purpose, stored.id)
                    });
                store::accounts::save(&tx, &account).await?;
                Ok(Ok(stored.id))
            })
            .await
        })
        .await
}
