//! Stock and reservations.

use async_graphql::{ComplexObject, Context, Enum, ID, Object, SimpleObject};
use fault::Fault;
use identity::Scope;
use products_domain::ReservationState as State;
use serving::graphql::{DateTime, global_id};
use uuid::Uuid;

use super::Variant;
use crate::graphql::schema::{edits_catalogue, loaders, viewer};

/// How many of a variant there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stock {
    pub variant_id: Uuid,
    pub on_hand: i64,
    pub reserved: i64,
    pub low_at: Option<i64>,
}

impl From<&crate::store::stock::Stock> for Stock {
    fn from(stock: &crate::store::stock::Stock) -> Self {
        Self {
            variant_id: stock.variant_id,
            on_hand: stock.level.on_hand(),
            reserved: stock.level.reserved(),
            low_at: stock.low_at,
        }
    }
}

fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[Object]
impl Stock {
    /// Of what. Null when it is not public.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<Variant>, Fault> {
        let all = edits_catalogue(ctx)?;
        let form = loaders(ctx)?.form(self.variant_id).await?;
        Ok(form
            .filter(|form| all || form.state == products_domain::StateKind::Published)
            .map(Variant))
    }

    /// How many can still be ordered.
    async fn available(&self) -> i32 {
        count(self.on_hand.saturating_sub(self.reserved))
    }

    /// Whether any can be ordered.
    async fn in_stock(&self) -> bool {
        self.on_hand > self.reserved
    }

    /// How many are in the house. For staff (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write")]
    async fn on_hand(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        viewer(ctx)?.require(Scope::InventoryWrite)?;
        Ok(Some(count(self.on_hand)))
    }

    /// How many of those are promised to orders. For staff (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write")]
    async fn reserved(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        viewer(ctx)?.require(Scope::InventoryWrite)?;
        Ok(Some(count(self.reserved)))
    }

    /// `stock.low` is announced when so few or fewer are available; null for never. For staff (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write")]
    async fn low_stock_threshold(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        viewer(ctx)?.require(Scope::InventoryWrite)?;
        Ok(self.low_at.map(count))
    }
}

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum ReservationState {
    /// The stock is promised.
    Held,
    /// There was not enough; nothing was promised.
    Rejected,
    /// The stock is sold.
    Committed,
    /// The stock was given back.
    Released,
    /// The stock was given back because the time was over.
    Expired,
}

/// A promise of stock, all of its lines or none.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Reservation {
    #[graphql(skip)]
    id: Uuid,
    /// Where it stands.
    state: ReservationState,
    /// When it ends by itself; null when it has ended.
    expires_at: Option<DateTime>,
    /// What is promised.
    lines: Vec<ReservationLine>,
}

/// How many of one variant are promised.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct ReservationLine {
    #[graphql(skip)]
    variant_id: Uuid,
    /// How many.
    quantity: i32,
}

#[ComplexObject]
impl Reservation {
    /// Its id: that of its order, if it has one.
    async fn id(&self) -> ID {
        global_id::encode("Reservation", self.id)
    }
}

#[ComplexObject]
impl ReservationLine {
    /// Of what. Null when it is not there any more.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<Variant>, Fault> {
        Ok(loaders(ctx)?.form(self.variant_id).await?.map(Variant))
    }
}

impl From<products_domain::Reservation> for Reservation {
    fn from(reservation: products_domain::Reservation) -> Self {
        Self {
            id: reservation.id,
            state: match reservation.state {
                State::Held { .. } => ReservationState::Held,
                State::Rejected => ReservationState::Rejected,
                State::Committed => ReservationState::Committed,
                State::Released => ReservationState::Released,
                State::Expired => ReservationState::Expired,
            },
            expires_at: reservation.state.until().map(Into::into),
            lines: reservation
                .lines
                .iter()
                .map(|line| ReservationLine {
                    variant_id: line.variant_id,
                    quantity: count(i64::from(line.quantity)),
                })
                .collect(),
        }
    }
}
