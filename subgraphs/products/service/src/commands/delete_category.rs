//! Deletes a category that has nothing in it.

use fault::Fault;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Refusal, Stop, create_category::refused},
    store::categories,
};

/// Which category.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Input {
    pub category_id: Uuid,
    pub if_version: Option<i64>,
}

/// Deletes the category.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "deleteCategory", input, |tx| async move {
        let id = input.category_id;
        let rows = categories::all(&tx).await?;
        let row = rows
            .iter()
            .find(|row| row.id == id)
            .ok_or_else(|| Stop::missing("category"))?;
        if input
            .if_version
            .is_some_and(|version| version != row.version)
        {
            return Err(Stop::Refused(Refusal::Stale {
                current: row.version,
            }));
        }
        categories::tree(&rows)?.remove(id).map_err(refused)?;
        if categories::is_used(&tx, id).await? {
            return Err(Stop::not_allowed(
                "products stand in the category: move them first",
            ));
        }
        categories::delete(&tx, id).await?;
        shop.catalogue_changes_with(&tx);
        Ok(id)
    })
    .await
}
