//! What goes over the control socket: one command as a line of JSON, then reports as lines of JSON.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something to do for a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Adds the demo accounts and catalogue, and `products` generated products.
    Seed {
        /// How many.
        products: u32,
    },
    /// Builds the search index anew.
    Reindex,
    /// Lists events that are held back.
    ListEvents {
        /// Those that still wait for a retry too.
        waiting: bool,
    },
    /// Tries held events again.
    ReplayEvents {
        /// Only those of this handler.
        handler: Option<String>,
        /// Only those of this aggregate.
        aggregate: Option<Uuid>,
        /// Only this one.
        event: Option<Uuid>,
    },
    /// Appends a snapshot event for each aggregate of a topic.
    RepublishEvents {
        /// The topic, such as `products.catalog`.
        topic: String,
    },
    /// Shows the signing keys.
    ListKeys,
    /// Publishes a new signing key and lets it take over.
    RotateKeys,
    /// Looks at everything the shop depends on.
    Doctor,
    /// Checks the invariants over all databases and the payment provider.
    Invariants {
        /// The journal of answers that shoppers received, line by line.
        journal: Vec<String>,
    },
}

/// What a command tells while it runs. The last one is `Done` or `Failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// The shop has the command. This comes first, and at once: whoever waits for it in vain talks to no shop.
    Taken,
    /// A line to show.
    Line(String),
    /// How far it is.
    Progress {
        /// What is counted.
        what: String,
        /// How many are done.
        done: u64,
        /// Of how many, when that is known.
        total: Option<u64>,
    },
    /// It is done.
    Done,
    /// It failed; the text says why and what to do.
    Failed(String),
}
