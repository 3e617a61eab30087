//! Chooses the address that is used for shipping or billing unless another is named.

use database::idempotency::Once;
use fault::Fault;
use serde::{Deserialize, Serialize};
use users_domain::AddressUse;
use uuid::Uuid;

use super::once::{Answer, once};
use crate::app::Services;
use crate::store;

pub(crate) struct Input {
    pub(crate) user_id: Uuid,
    pub(crate) address_id: Uuid,
    pub(crate) purposes: Vec<AddressUse>,
    pub(crate) if_version: Option<i64>,
}

/// Why the default is as it was.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Error {
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
                if input
                    .purposes
                    .iter()
                    .any(|&purpose| account.default_for(purpose) != Some(stored.id))
                {
                    let purposes = input.purposes.iter();
                    let account = purposes.fold(account, |account, &purpose| {
                        account.with_default(purpose, stored.id)
                    });
                    store::accounts::save(&tx, &account).await?;
                }
                Ok(Ok(stored.id))
            })
            .await
        })
        .await
}
