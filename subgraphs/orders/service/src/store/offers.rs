//! Orders' own copy of what can be bought. Each row remembers the version it was copied from; what is not newer is
//! ignored.

use std::collections::HashMap;

use database::{DatabaseError, Source};
use orders_domain::Offer;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};
use uuid::Uuid;

use super::amount;
use crate::tables::{offer_stock, offers};

/// What is known of these variants; the unknown ones are absent. A variant whose stock was never told has none.
pub(crate) async fn load(
    from: &impl Source,
    variants: &[Uuid],
) -> Result<HashMap<Uuid, Offer>, DatabaseError> {
    if variants.is_empty() {
        return Ok(HashMap::new());
    }
    let select = Query::select()
        .columns([
            (offers::Entity, offers::Column::VariantId),
            (offers::Entity, offers::Column::ProductId),
            (offers::Entity, offers::Column::Sku),
            (offers::Entity, offers::Column::Name),
            (offers::Entity, offers::Column::PriceUnits),
            (offers::Entity, offers::Column::Currency),
            (offers::Entity, offers::Column::ForSale),
        ])
        .column((offer_stock::Entity, offer_stock::Column::Available))
        .from(offers::Entity)
        .left_join(
            offer_stock::Entity,
            Expr::col((offer_stock::Entity, offer_stock::Column::VariantId))
                .equals((offers::Entity, offers::Column::VariantId)),
        )
        .and_where(
            Expr::col((offers::Entity, offers::Column::VariantId)).is_in(variants.iter().copied()),
        )
        .to_owned();
    let found = from.rows(&select, |row| {
        let (units, currency): (i64, String) = (row.get(4)?, row.get(5)?);
        let offer = Offer {
            variant_id: row.get(0)?,
            product_id: row.get(1)?,
            sku: row.get(2)?,
            name: row.get(3)?,
            price: amount("offers", units, &currency)?,
            for_sale: row.get(6)?,
            available: row.get::<Option<i64>>(7)?.map_or(0, pieces),
        };
        Ok((offer.variant_id, offer))
    });
    Ok(found.await?.into_iter().collect())
}

/// Takes over a product's variants as they were at `version`; those it no longer has are not for sale any more. Does
/// nothing when the copy is as new or newer. `available` of the offers is not looked at.
pub(crate) async fn take_product(
    conn: &impl ConnectionTrait,
    product: Uuid,
    version: i64,
    variants: &[Offer],
) -> Result<(), DatabaseError> {
    let known: Option<Option<i64>> = offers::Entity::find()
        .select_only()
        .column_as(offers::Column::Version.max(), "version")
        .filter(offers::Column::ProductId.eq(product))
        .into_tuple()
        .one(conn)
        .await?;
    if known.flatten().is_some_and(|known| known >= version) {
        return Ok(());
    }
    if !variants.is_empty() {
        let rows = variants.iter().map(|offer| offers::ActiveModel {
            variant_id: Set(offer.variant_id),
            product_id: Set(product),
            sku: Set(offer.sku.clone()),
            name: Set(offer.name.clone()),
            price_units: Set(offer.price.units()),
            currency: Set(offer.price.currency().code().to_owned()),
            for_sale: Set(offer.for_sale),
            version: Set(version),
        });
        let newer = OnConflict::column(offers::Column::VariantId)
            .update_columns([
                offers::Column::ProductId,
                offers::Column::Sku,
                offers::Column::Name,
                offers::Column::PriceUnits,
                offers::Column::Currency,
                offers::Column::ForSale,
                offers::Column::Version,
            ])
            .to_owned();
        offers::Entity::insert_many(rows)
            .on_conflict(newer)
            .exec_without_returning(conn)
            .await?;
    }
    offers::Entity::update_many()
        .col_expr(offers::Column::ForSale, Expr::value(false))
        .col_expr(offers::Column::Version, Expr::value(version))
        .filter(offers::Column::ProductId.eq(product))
        .filter(offers::Column::Version.lt(version))
        .exec(conn)
        .await?;
    Ok(())
}

/// Takes over how many of a variant were available at `version` of its stock, when that is news.
pub(crate) async fn take_stock(
    conn: &impl ConnectionTrait,
    variant: Uuid,
    version: i64,
    available: i64,
) -> Result<(), DatabaseError> {
    let row = offer_stock::ActiveModel {
        variant_id: Set(variant),
        available: Set(available),
        version: Set(version),
    };
    let newer = OnConflict::column(offer_stock::Column::VariantId)
        .update_columns([offer_stock::Column::Available, offer_stock::Column::Version])
        .action_and_where(
            Expr::col((offer_stock::Entity, offer_stock::Column::Version)).lt(version),
        )
        .to_owned();
    offer_stock::Entity::insert(row)
        .on_conflict(newer)
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// How many can be bought: none below zero.
fn pieces(available: i64) -> u32 {
    u32::try_from(available).unwrap_or(if available < 0 { 0 } else { u32::MAX })
}
