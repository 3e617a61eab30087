//! The product aggregate: its row, its categories and its variants.

use std::collections::HashMap;

use clock::Timestamp;
use database::{DatabaseError, Tx};
use products_domain::{Product, Variant};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Set,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    store::product_rows::{json, product_from, row_from, variant_from, variant_rows},
    tables::{product_categories, products, variants},
};

/// The product with this id.
pub(crate) async fn load(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<Product>, DatabaseError> {
    Ok(load_many(conn, &[id]).await?.pop())
}

/// The products with these ids, in the order of their ids; those that are not there are left out. Three statements.
pub(crate) async fn load_many(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<Product>, DatabaseError> {
    let rows = products::Entity::find()
        .filter(products::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(products::Column::Id)
        .all(conn)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut categories: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    let places = product_categories::Entity::find()
        .filter(product_categories::Column::ProductId.is_in(ids.iter().copied()))
        .order_by_asc(product_categories::Column::Position)
        .all(conn)
        .await?;
    for place in places {
        categories
            .entry(place.product_id)
            .or_default()
            .push(place.category_id);
    }
    let mut forms: HashMap<Uuid, Vec<Variant>> = HashMap::new();
    let stored = variants::Entity::find()
        .filter(variants::Column::ProductId.is_in(ids.iter().copied()))
        .order_by_asc(variants::Column::Position)
        .all(conn)
        .await?;
    for row in stored {
        forms
            .entry(row.product_id)
            .or_default()
            .push(variant_from(row)?);
    }
    rows.into_iter()
        .map(|row| {
            let id = row.id;
            product_from(
                row,
                categories.remove(&id).unwrap_or_default(),
                forms.remove(&id).unwrap_or_default(),
            )
        })
        .collect()
}

/// The product that a variant belongs to.
pub(crate) async fn of_variant(
    conn: &impl ConnectionTrait,
    variant_id: Uuid,
) -> Result<Option<Uuid>, DatabaseError> {
    let row = variants::Entity::find_by_id(variant_id).one(conn).await?;
    Ok(row.map(|row| row.product_id))
}

/// Which of these slugs belong to a product other than `except`.
pub(crate) async fn taken_slugs(
    conn: &impl ConnectionTrait,
    slugs: &[&str],
    except: Option<Uuid>,
) -> Result<Vec<String>, DatabaseError> {
    let rows = products::Entity::find()
        .filter(products::Column::Slug.is_in(slugs.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter(|row| Some(row.id) != except)
        .map(|row| row.slug)
        .collect())
}

/// Which of these SKUs belong to a variant of a product other than `except`.
pub(crate) async fn taken_skus(
    conn: &impl ConnectionTrait,
    skus: &[&str],
    except: Option<Uuid>,
) -> Result<Vec<String>, DatabaseError> {
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let rows = variants::Entity::find()
        .filter(variants::Column::Sku.is_in(skus.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter(|row| Some(row.product_id) != except)
        .map(|row| row.sku)
        .collect())
}

/// Inserts new products; `last_change` is the change number of the last of them. Their event sequence starts at 1.
pub(crate) async fn insert_many(
    tx: &Tx,
    new: &[Product],
    last_change: i64,
) -> Result<(), DatabaseError> {
    if new.is_empty() {
        return Ok(());
    }
    let first = last_change - i64::try_from(new.len()).unwrap_or(0) + 1;
    let rows = new
        .iter()
        .zip(first..)
        .map(|(product, change)| row_from(product, 1, change));
    products::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    insert_places(tx, new).await?;
    insert_variants(tx, new.iter().flat_map(variant_rows)).await
}

async fn insert_places(tx: &Tx, of: &[Product]) -> Result<(), DatabaseError> {
    let rows: Vec<_> = of
        .iter()
        .flat_map(|product| {
            product
                .facts
                .category_ids
                .iter()
                .zip(0..)
                .map(|(category, position)| product_categories::ActiveModel {
                    product_id: Set(product.id),
                    category_id: Set(*category),
                    position: Set(position),
                })
        })
        .collect();
    if !rows.is_empty() {
        product_categories::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

async fn insert_variants(
    tx: &Tx,
    rows: impl Iterator<Item = variants::ActiveModel>,
) -> Result<(), DatabaseError> {
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        variants::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Stores `after` over `before`, as the change `change_number`. Returns the event sequence of the change, or none when
/// someone else changed the product meanwhile.
pub(crate) async fn save(
    tx: &Tx,
    before: &Product,
    after: &Product,
    change_number: i64,
) -> Result<Option<i64>, DatabaseError> {
    use products::Column;
    let prices = after.prices();
    let currency = prices.map(|prices| prices.least.currency().code().to_owned());
    let update = Query::update()
        .table(products::Entity)
        .value(Column::Slug, after.facts.slug.as_str())
        .value(Column::Name, after.facts.name.as_str())
        .value(
            Column::Brand,
            after
                .facts
                .brand
                .as_ref()
                .map(|brand| brand.as_str().to_owned()),
        )
        .value(Column::Description, after.facts.description.as_str())
        .value(Column::Options, json(&after.facts.options))
        .value(Column::State, after.state.kind().code())
        .value(
            Column::StateSince,
            after.state.since().map(Timestamp::as_millis),
        )
        .value(
            Column::PriceLeast,
            prices.map_or(0, |prices| prices.least.units()),
        )
        .value(
            Column::PriceMost,
            prices.map_or(0, |prices| prices.most.units()),
        )
        .value(Column::Currency, currency)
        .value(Column::Version, after.version)
        .value(Column::Sequence, Expr::col(Column::Sequence).add(1))
        .value(Column::ChangeNumber, change_number)
        .value(Column::UpdatedAt, after.updated_at.as_millis())
        .and_where(Expr::col(Column::Id).eq(after.id))
        .and_where(Expr::col(Column::Version).eq(before.version))
        .returning_col(Column::Sequence)
        .to_owned();
    let Some(row) = tx.query_one(&update).await? else {
        return Ok(None);
    };
    if before.facts.category_ids != after.facts.category_ids {
        product_categories::Entity::delete_many()
            .filter(product_categories::Column::ProductId.eq(after.id))
            .exec(tx)
            .await?;
        insert_places(tx, std::slice::from_ref(after)).await?;
    }
    save_variants(tx, before, after).await?;
    Ok(Some(row.try_get_by_index(0)?))
}

async fn save_variants(tx: &Tx, before: &Product, after: &Product) -> Result<(), DatabaseError> {
    let gone: Vec<Uuid> = before
        .variants
        .iter()
        .map(|variant| variant.id)
        .filter(|id| after.variant(*id).is_none())
        .collect();
    if !gone.is_empty() {
        variants::Entity::delete_many()
            .filter(variants::Column::Id.is_in(gone))
            .exec(tx)
            .await?;
    }
    for (variant, row) in after.variants.iter().zip(variant_rows(after)) {
        match before.variant(variant.id) {
            Some(old) if old == variant => {}
            Some(_) => {
                variants::Entity::update_many()
                    .set(row)
                    .filter(variants::Column::Id.eq(variant.id))
                    .exec(tx)
                    .await?;
            }
            None => insert_variants(tx, std::iter::once(row)).await?,
        }
    }
    Ok(())
}

/// Deletes a product with everything of it; returns the sequence of its last event, the one that says so.
pub(crate) async fn delete(tx: &Tx, id: Uuid) -> Result<Option<i64>, DatabaseError> {
    let delete = Query::delete()
        .from_table(products::Entity)
        .and_where(Expr::col(products::Column::Id).eq(id))
        .returning_col(products::Column::Sequence)
        .to_owned();
    let Some(row) = tx.query_one(&delete).await? else {
        return Ok(None);
    };
    let sequence: i64 = row.try_get_by_index(0)?;
    Ok(Some(sequence + 1))
}

/// Raises the event sequence of these products by one, for a repeated snapshot; returns the new sequences.
pub(crate) async fn announce_again(
    tx: &Tx,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, i64>, DatabaseError> {
    let update = Query::update()
        .table(products::Entity)
        .value(
            products::Column::Sequence,
            Expr::col(products::Column::Sequence).add(1),
        )
        .and_where(Expr::col(products::Column::Id).is_in(ids.iter().copied()))
        .returning(Query::returning().columns([products::Column::Id, products::Column::Sequence]))
        .to_owned();
    let mut sequences = HashMap::new();
    for row in tx.query_all(&update).await? {
        sequences.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    }
    Ok(sequences)
}

/// The ids of at most `limit` products above `after`, in their order.
pub(crate) async fn ids_above(
    conn: &impl ConnectionTrait,
    after: Uuid,
    limit: u64,
) -> Result<Vec<Uuid>, DatabaseError> {
    use sea_orm::QuerySelect;
    let ids = products::Entity::find()
        .select_only()
        .column(products::Column::Id)
        .filter(products::Column::Id.gt(after))
        .order_by_asc(products::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids)
}

/// How many products there are, of any state.
pub(crate) async fn count(conn: &impl ConnectionTrait) -> Result<i64, DatabaseError> {
    let select = Query::select()
        .expr(Expr::col(products::Column::Id).count())
        .from(products::Entity)
        .to_owned();
    let row = conn.query_one(&select).await?;
    Ok(row
        .map(|row| row.try_get_by_index(0))
        .transpose()?
        .unwrap_or(0))
}
