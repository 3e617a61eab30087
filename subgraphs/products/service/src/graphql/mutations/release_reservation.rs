//! `releaseReservation`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::release_reservation,
    graphql::{
        schema::shop,
        types::{ReservationPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct ReleaseReservation;

/// Which reservation.
#[derive(InputObject)]
struct ReleaseReservationInput {
    /// Which reservation.
    reservation_id: ID,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: String,
}

#[Object]
impl ReleaseReservation {
    /// Takes a promise back before its time. For staff (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write")]
    async fn release_reservation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reservation.")] input: ReleaseReservationInput,
    ) -> Result<ReservationPayload, Fault> {
        let origin = origin(ctx, Scope::InventoryWrite, Some(&input.idempotency_key))?;
        let reservation_id = global_id::decode("Reservation", &input.reservation_id)?;
        let command = release_reservation::Input { reservation_id };
        ReservationPayload::of(
            ctx,
            release_reservation::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
