//! Brings the search index up to the catalogue.

use fault::{Code, Fault};

use super::reindex;
use crate::{adapters::search::Followed, app::Shop};

/// Takes in what changed; builds the index anew where it has to be, unless somebody else is at that already. Gives whether the
/// index is up to date.
pub(crate) async fn run(shop: &Shop) -> Result<bool, Fault> {
    while shop.indexer.follow(&shop.database).await? == Followed::Unusable {
        match reindex::run(shop, &|_, _| {}).await {
            Ok(_) => {}
            Err(fault) if fault.code() == Code::Conflict => return Ok(false),
            Err(fault) => return Err(fault),
        }
    }
    Ok(true)
}
