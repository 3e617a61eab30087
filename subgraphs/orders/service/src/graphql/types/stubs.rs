//! Entities of other subgraphs, of which orders knows the key and nothing else.

use async_graphql::{ID, SimpleObject};
use serving::graphql::global_id;
use uuid::Uuid;

/// Something that can be bought: one version of a product.
#[derive(Debug, SimpleObject)]
#[graphql(unresolvable = "id")]
pub(crate) struct Variant {
    /// Its id.
    id: ID,
}

impl Variant {
    pub(crate) fn of(key: Uuid) -> Self {
        Self {
            id: global_id::encode("Variant", key),
        }
    }
}

/// Somebody with an account.
#[derive(Debug, SimpleObject)]
#[graphql(unresolvable = "id")]
pub(crate) struct User {
    /// Their id.
    id: ID,
}

impl User {
    pub(crate) fn of(key: Uuid) -> Self {
        Self {
            id: global_id::encode("User", key),
        }
    }
}
