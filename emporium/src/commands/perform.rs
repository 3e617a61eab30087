//! Does a command on a shop of this process.

use super::{doctor, events, invariants, keys, reindex, seed};
use crate::{
    control::{Command, Report},
    subgraphs::Subgraphs,
};

/// Takes reports of a command under way.
pub(crate) type Reporter<'a> = &'a (dyn Fn(Report) + Send + Sync);

/// Does `command`; the error is for people.
pub(crate) async fn perform(
    shop: &Subgraphs,
    command: Command,
    report: Reporter<'_>,
) -> Result<(), String> {
    match command {
        Command::Seed { products } => seed::seed(shop, products, report).await,
        Command::Reindex => reindex::reindex(shop, report).await,
        Command::ListEvents { waiting } => events::list(shop, waiting, report).await,
        Command::ReplayEvents {
            handler,
            aggregate,
            event,
        } => events::replay(shop, handler, aggregate, event, report).await,
        Command::RepublishEvents { topic } => events::republish(shop, &topic, report).await,
        Command::ListKeys => {
            keys::list(&shop.keys, &shop.process.clock, report);
            Ok(())
        }
        Command::RotateKeys => keys::rotate(&shop.keys, &shop.process.clock, report),
        Command::Doctor => doctor::doctor(shop, report).await,
        Command::Invariants { journal } => invariants::invariants(shop, &journal, report).await,
    }
}
