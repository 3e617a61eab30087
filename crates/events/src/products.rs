//! What products announces: the catalogue on `products.catalog` (the aggregate is the product), stock and
//! reservations on `products.inventory` (the aggregate is the variant, or the order that reserves).

use clock::Timestamp;
use money::Money;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::events;

/// The topic of the catalogue.
pub const CATALOG: &str = "products.catalog";
/// The topic of stock and reservations.
pub const INVENTORY: &str = "products.inventory";

/// Whether something is for sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SaleState {
    /// Not yet shown.
    Draft,
    /// Shown and for sale.
    Published,
    /// No longer for sale; kept for old orders.
    Archived,
    /// Gone.
    Deleted,
}

/// A variant as it stands in a product's snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantSnapshot {
    /// Which variant.
    pub variant_id: Uuid,
    /// Its stock keeping unit.
    pub sku: String,
    /// What tells it from its siblings, such as `Blue / M`; empty when it is the only one.
    pub name: String,
    /// What one costs.
    pub price: Money,
    /// Whether it is for sale, the product's own state included.
    pub state: SaleState,
}

/// One line of a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservedLine {
    /// The order's line.
    pub line_id: Uuid,
    /// What is reserved.
    pub variant_id: Uuid,
    /// How many.
    pub quantity: u32,
}

/// A line that could not be reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortLine {
    /// The order's line.
    pub line_id: Uuid,
    /// What was wanted.
    pub variant_id: Uuid,
    /// How many were wanted.
    pub requested: u32,
    /// How many were left.
    pub available: u32,
}

events! { "products.catalog":
    /// A product as it is now, whole: enough to keep a copy or a search index.
    ProductChanged = "product.changed.v1" {
        /// Which product.
        product_id: Uuid,
        /// Its version; a copy takes only what is newer than what it has.
        version: i64,
        /// Whether it is for sale.
        state: SaleState,
        /// Its name in addresses.
        slug: String,
        /// Its name.
        name: String,
        /// Its categories, the nearest first.
        category_ids: Vec<Uuid>,
        /// All its variants.
        variants: Vec<VariantSnapshot>,
    }
}

events! { "products.inventory":
    /// The stock of a variant is now this. The aggregate is the variant.
    StockChanged = "stock.changed.v1" {
        /// Which variant.
        variant_id: Uuid,
        /// Its product.
        product_id: Uuid,
        /// The version of the stock; a copy takes only what is newer.
        version: i64,
        /// How many are in the house.
        on_hand: i64,
        /// How many of those are promised to orders.
        reserved: i64,
        /// How many can still be ordered: on hand less reserved.
        available: i64,
    }
    /// Few of a variant are left: what is available fell to its threshold or below. The aggregate is the variant.
    StockLow = "stock.low.v1" {
        /// Which variant.
        variant_id: Uuid,
        /// Its product.
        product_id: Uuid,
        /// How many can still be ordered.
        available: i64,
        /// The threshold.
        threshold: i64,
    }
    /// Enough of a variant are there again: what is available rose above its threshold, or the threshold was lowered. The
    /// aggregate is the variant.
    StockReplenished = "stock.replenished.v1" {
        /// Which variant.
        variant_id: Uuid,
        /// Its product.
        product_id: Uuid,
        /// How many can be ordered.
        available: i64,
    }
    /// All lines of an order are reserved. The aggregate is the order, as in the events below.
    InventoryReserved = "inventory.reserved.v1" {
        /// Which order.
        order_id: Uuid,
        /// What is reserved.
        lines: Vec<ReservedLine>,
        /// When products would let go by itself, if the order said nothing until then.
        expires_at: Timestamp,
    }
    /// Nothing of an order was reserved, since some lines fell short.
    InventoryRejected = "inventory.rejected.v1" {
        /// Which order.
        order_id: Uuid,
        /// The lines that fell short.
        lines: Vec<ShortLine>,
    }
    /// The stock of an order went back.
    InventoryReleased = "inventory.released.v1" {
        /// Which order.
        order_id: Uuid,
    }
    /// The stock of a paid order is deducted.
    InventoryCommitted = "inventory.committed.v1" {
        /// Which order.
        order_id: Uuid,
    }
    /// A paid order has no stock any more: its reservation was gone, and there was not enough to reserve again.
    InventoryCommitFailed = "inventory.commit_failed.v1" {
        /// Which order.
        order_id: Uuid,
        /// The lines that fell short.
        lines: Vec<ShortLine>,
    }
}
