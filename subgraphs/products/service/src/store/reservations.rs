//! Reservations and the numbering of their orders' events.

use clock::Timestamp;
use database::{DatabaseError, Source, Tx};
use products_domain::{Line, Reservation, ReservationState};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Set,
    sea_query::{LockBehavior, LockType},
};
use uuid::Uuid;

use crate::{
    store::product_rows::parsed,
    tables::reservations::{ActiveModel, Column, Entity, Model},
};

/// A reservation as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub reservation: Reservation,
    /// Whether inventory events are announced for it.
    pub for_order: bool,
    /// Events announced so far.
    pub sequence: i64,
}

/// The reservation with this id.
pub(crate) async fn load(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<Stored>, DatabaseError> {
    Entity::find_by_id(id)
        .one(conn)
        .await?
        .map(stored_from)
        .transpose()
}

/// The same, locked until the transaction ends.
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Stored>, DatabaseError> {
    let find = Entity::find_by_id(id).lock_exclusive();
    tx.row(&find.into_query(), |row| {
        let mut columns = row.in_order();
        stored_from(Model {
            id: columns.value()?,
            for_order: columns.value()?,
            state: columns.value()?,
            until: columns.value()?,
            lines: columns.value()?,
            sequence: columns.value()?,
            created_at: columns.value()?,
            updated_at: columns.value()?,
        })
    })
    .await
}

/// The same; none when somebody else has locked it.
pub(crate) async fn lock_free(tx: &Tx, id: Uuid) -> Result<Option<Stored>, DatabaseError> {
    let row = Entity::find_by_id(id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(tx)
        .await?;
    row.map(stored_from).transpose()
}

/// The variants that these reservations are about.
pub(crate) async fn variants_of(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, DatabaseError> {
    let all: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Lines)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    let mut variants = Vec::new();
    for lines in all {
        let lines: Vec<Line> = parsed("reservations", &lines)?;
        variants.extend(lines.iter().map(|line| line.variant_id));
    }
    Ok(variants)
}

/// At most `limit` reservations whose time is over at `now`, the longest overdue first.
pub(crate) async fn due(
    conn: &impl ConnectionTrait,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Stored>, DatabaseError> {
    let rows = Entity::find()
        .filter(Column::State.eq("HELD"))
        .filter(Column::Until.lte(now.as_millis()))
        .order_by_asc(Column::Until)
        .limit(limit)
        .all(conn)
        .await?;
    rows.into_iter().map(stored_from).collect()
}

/// Inserts a new reservation.
pub(crate) async fn insert(tx: &Tx, stored: &Stored, now: Timestamp) -> Result<(), DatabaseError> {
    let Stored {
        reservation,
        for_order,
        sequence,
    } = stored;
    let lines = serde_json::to_string(&reservation.lines)
        .map_err(|error| DatabaseError::corrupt("reservations", error))?;
    Entity::insert(ActiveModel {
        id: Set(reservation.id),
        for_order: Set(*for_order),
        state: Set(reservation.state.code().to_owned()),
        until: Set(reservation.state.until().map(Timestamp::as_millis)),
        lines: Set(lines),
        sequence: Set(*sequence),
        created_at: Set(now.as_millis()),
        updated_at: Set(now.as_millis()),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}

/// Stores a new state over `before`; false when someone else changed it meanwhile.
pub(crate) async fn save(
    tx: &Tx,
    before: ReservationState,
    stored: &Stored,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let state = stored.reservation.state;
    let done = Entity::update_many()
        .set(ActiveModel {
            state: Set(state.code().to_owned()),
            until: Set(state.until().map(Timestamp::as_millis)),
            sequence: Set(stored.sequence),
            updated_at: Set(now.as_millis()),
            ..Default::default()
        })
        .filter(Column::Id.eq(stored.reservation.id))
        .filter(Column::State.eq(before.code()))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

fn stored_from(row: Model) -> Result<Stored, DatabaseError> {
    let state = ReservationState::from_parts(&row.state, row.until.map(Timestamp::from_millis))
        .ok_or_else(|| DatabaseError::corrupt("reservations", &row.state))?;
    let lines = parsed("reservations", &row.lines)?;
    Ok(Stored {
        reservation: Reservation {
            id: row.id,
            lines,
            state,
        },
        for_order: row.for_order,
        sequence: row.sequence,
    })
}
