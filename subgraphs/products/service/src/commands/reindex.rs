//! Builds the search index anew, one at a time in the whole shop.

use std::time::Duration;

use database::{Database, DatabaseError};
use fault::{Code, Fault};

use crate::{app::Shop, store::rebuilds};

/// Who builds and dies holds up the next one for so long.
const LEASE: Duration = Duration::from_secs(20);

/// Builds the index anew while the shop runs, and switches over; tells `progress` how many of how many products are
/// done. Returns how many can be found. Fails with CONFLICT while another one builds.
pub(crate) async fn run(
    shop: &Shop,
    progress: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<u64, Fault> {
    let owner = shop.clock.id().simple().to_string();
    if !lease(&shop.database, &owner).await? {
        return Err(Fault::new(
            Code::Conflict,
            format!(
                "the search index is being built anew already; one that was killed is out of the way after {} seconds",
                LEASE.as_secs()
            ),
        ));
    }
    let built = tokio::select! {
        built = shop.indexer.rebuild(&shop.database, progress) => built,
        lost = keep(&shop.database, &owner) => Err(lost),
    };
    // Not being told would only make the next one wait.
    let owner = owner.as_str();
    let told: Result<(), DatabaseError> = shop
        .database
        .write(|tx| async move { rebuilds::release(&tx, owner).await })
        .await;
    if let Err(error) = told {
        tracing::warn!(error = %error, "the lease on building the search index runs out by itself");
    }
    built
}

/// Takes or renews the right to build.
async fn lease(database: &Database, owner: &str) -> Result<bool, DatabaseError> {
    database
        .write(|tx| async move { rebuilds::take(&tx, owner, LEASE).await })
        .await
}

/// Renews the right to build; returns when it is lost.
async fn keep(database: &Database, owner: &str) -> Fault {
    loop {
        tokio::time::sleep(LEASE / 4).await;
        match lease(database, owner).await {
            Ok(true) => {}
            Ok(false) => {
                return Fault::new(Code::Conflict, "another one builds the search index by now");
            }
            // A busy database: there is time for more tries, and an index of ours that was swept away refuses us.
            Err(error) => {
                tracing::warn!(error = %error, "the lease on building the search index was not renewed");
            }
        }
    }
}
