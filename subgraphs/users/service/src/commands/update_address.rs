//! Replaces an address by another text; it keeps its id and what it is used for.

use database::idempotency::Once;
use fault::Fault;
use serde::{Deserialize, Serialize};
use users_domain::{Address, AddressForm};
use uuid::Uuid;

use super::once::{Answer, once};
use crate::app::Services;
use crate::store;
use crate::store::addresses::Stored;

pub(crate) struct Input {
    pub(crate) user_id: Uuid,
    pub(crate) address_id: Uuid,
    pub(crate) form: AddressForm,
    pub(crate) if_version: Option<i64>,
}

/// Why the address is as it was.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Error {
    /// What is wrong with the fields of these names.
    Invalid(Vec<(String, String)>),
    /// The account is at this version, not at `if_version`.
    Stale(i64),
}

/// The address's id. NotFound for an address of somebody else, as for none.
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
                let stored = store::addresses::load_own(&tx, account.id, input.address_id).await?;
                let stored = stored.ok_or_else(|| Fault::not_found("address"))?;
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
                if address != stored.address {
                    store::addresses::save(&tx, &Stored { address, ..stored }).await?;
                    store::accounts::save(&tx, &account).await?;
                }
                Ok(Ok(input.address_id))
            })
            .await
        })
        .await
}
