//! Renames or moves a category.

use fault::Fault;
use products_domain::{Name, Slug};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{
        Done, Origin, Patch, Refusal, Stop,
        create_category::{free, refused},
    },
    store::categories,
};

/// What changes; nones stay as they are.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub category_id: Uuid,
    pub if_version: Option<i64>,
    pub slug: Option<String>,
    pub name: Option<String>,
    /// Cleared, it moves to the top.
    pub parent_id: Patch<Uuid>,
    pub position: Option<i32>,
}

/// Changes the category.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "updateCategory", input, |tx| async move {
        let id = input.category_id;
        let rows = categories::all(&tx).await?;
        let mut row = rows
            .iter()
            .find(|row| row.id == id)
            .cloned()
            .ok_or_else(|| Stop::missing("category"))?;
        if input
            .if_version
            .is_some_and(|version| version != row.version)
        {
            return Err(Stop::Refused(Refusal::Stale {
                current: row.version,
            }));
        }
        if let Some(name) = &input.name {
            row.name = Name::at("name", name)?.into();
        }
        if let Some(slug) = &input.slug {
            row.slug = Slug::at("slug", slug)?.into();
            free(&rows, &row.slug, Some(id))?;
        }
        let parent = match input.parent_id {
            Patch::Keep => row.parent_id,
            Patch::Clear => None,
            Patch::Set(parent) => Some(parent),
        };
        if parent != row.parent_id {
            categories::tree(&rows)?
                .relocate(id, parent)
                .map_err(refused)?;
            row.parent_id = parent;
        }
        row.position = input.position.map_or(row.position, i64::from);
        row.version = row.version.saturating_add(1);
        let current = row.version;
        if !categories::save(&tx, row).await? {
            return Err(Stop::Refused(Refusal::Stale { current }));
        }
        shop.catalogue_changes_with(&tx);
        Ok(id)
    })
    .await
}
