//! The account of every change of stock.

use async_graphql::{Enum, ID, SimpleObject, connection::PageInfo};
use database::cursor;
use products_domain::EntryKind;
use serving::graphql::{DateTime, global_id};

use crate::store::ledger::Posted;

/// Why stock changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum StockEntryKind {
    /// Staff counted, received or wrote off.
    Adjusted,
    /// Promised to an order.
    Reserved,
    /// A promise given back.
    Released,
    /// A promise sold.
    Committed,
    /// Sold goods taken back into the house.
    Restocked,
}

/// One change of the stock of a variant. The sums of all changes are the stock.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct StockEntry {
    /// Its place in the ledger; may leave gaps.
    number: i32,
    /// Why it changed.
    kind: StockEntryKind,
    /// How many more (or fewer) are in the house.
    on_hand_change: i32,
    /// How many more (or fewer) are promised.
    reserved_change: i32,
    /// How many were in the house after it.
    on_hand: i32,
    /// How many were promised after it.
    reserved: i32,
    /// What staff said about it.
    reason: Option<String>,
    /// The reservation it belongs to: that of an order, or made by staff.
    reservation_id: Option<ID>,
    /// Who did it, when it was someone of the staff.
    actor_id: Option<ID>,
    /// When.
    at: DateTime,
}

/// A part of the ledger of a variant.
#[derive(SimpleObject)]
pub(crate) struct StockLedgerConnection {
    /// The changes, newest first.
    nodes: Vec<StockEntry>,
    /// The changes with their cursors.
    edges: Vec<StockLedgerEdge>,
    /// Where this part lies in the whole.
    page_info: PageInfo,
}

/// A change and its cursor.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct StockLedgerEdge {
    /// For `after` and `before`.
    cursor: String,
    /// The change.
    node: StockEntry,
}

impl From<Posted> for StockEntry {
    fn from(posted: Posted) -> Self {
        let count = |number: i64| {
            i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
        };
        Self {
            number: count(posted.version),
            kind: match posted.entry.kind {
                EntryKind::Adjusted => StockEntryKind::Adjusted,
                EntryKind::Reserved => StockEntryKind::Reserved,
                EntryKind::Released => StockEntryKind::Released,
                EntryKind::Committed => StockEntryKind::Committed,
                EntryKind::Restocked => StockEntryKind::Restocked,
            },
            on_hand_change: count(posted.entry.on_hand),
            reserved_change: count(posted.entry.reserved),
            on_hand: count(posted.on_hand),
            reserved: count(posted.reserved),
            reason: posted.cause.reason,
            reservation_id: posted
                .cause
                .reservation_id
                .map(|id| global_id::encode("Reservation", id)),
            actor_id: posted
                .cause
                .actor_id
                .map(|id| global_id::encode("User", id)),
            at: posted.at.into(),
        }
    }
}

impl StockLedgerConnection {
    /// The page `(entries, has_previous_page, has_next_page)`.
    pub(crate) fn new(
        (entries, has_previous_page, has_next_page): (Vec<Posted>, bool, bool),
    ) -> Self {
        let edges: Vec<StockLedgerEdge> = entries
            .into_iter()
            .map(|posted| StockLedgerEdge {
                cursor: cursor::encode(&posted.version),
                node: posted.into(),
            })
            .collect();
        Self {
            nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
            page_info: PageInfo {
                has_previous_page,
                has_next_page,
                start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            edges,
        }
    }
}
