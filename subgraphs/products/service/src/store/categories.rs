//! The tree of categories.

use database::{DatabaseError, Tx};
use products_domain::{Category, CategoryTree};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use crate::tables::{
    categories::{Column, Entity, Model},
    product_categories,
};

/// Every category, siblings in the order shown. Shops have dozens, so the tree is read whole.
pub(crate) async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Model>, DatabaseError> {
    Ok(Entity::find()
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Name)
        .all(conn)
        .await?)
}

/// The rules' view of the tree.
pub(crate) fn tree(rows: &[Model]) -> Result<CategoryTree, DatabaseError> {
    CategoryTree::new(rows.iter().map(|row| Category {
        id: row.id,
        parent_id: row.parent_id,
    }))
    .map_err(|error| DatabaseError::corrupt("categories", error))
}

/// Inserts a category.
pub(crate) async fn insert(tx: &Tx, row: Model) -> Result<(), DatabaseError> {
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Stores a category over its version before; false when someone else changed it meanwhile.
pub(crate) async fn save(tx: &Tx, row: Model) -> Result<bool, DatabaseError> {
    let (id, before) = (row.id, row.version - 1);
    let done = Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(before))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Deletes a category.
pub(crate) async fn delete(tx: &Tx, id: Uuid) -> Result<(), DatabaseError> {
    Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Whether any product stands in the category.
pub(crate) async fn is_used(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DatabaseError> {
    let place = product_categories::Entity::find()
        .filter(product_categories::Column::CategoryId.eq(id))
        .one(conn)
        .await?;
    Ok(place.is_some())
}
