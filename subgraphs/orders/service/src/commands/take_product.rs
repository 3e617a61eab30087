//! The copy of the catalogue follows products.

use database::{DatabaseError, Tx};
use orders_domain::Offer;
use uuid::Uuid;

use crate::store;

/// Takes over a product as it was at `version`, unless the copy is as new already.
pub(crate) async fn apply(
    tx: &Tx,
    product_id: Uuid,
    version: i64,
    offers: &[Offer],
) -> Result<(), DatabaseError> {
    store::offers::take_product(tx, product_id, version, offers).await
}
