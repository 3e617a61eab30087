//! The copy of the stock follows products.

use database::{DatabaseError, Tx};
use uuid::Uuid;

use crate::store;

/// Takes over how many of a variant are available at `version` of its stock, unless the copy is as new already.
pub(crate) async fn apply(
    tx: &Tx,
    variant_id: Uuid,
    version: i64,
    available: i64,
) -> Result<(), DatabaseError> {
    store::offers::take_stock(tx, variant_id, version, available).await
}
