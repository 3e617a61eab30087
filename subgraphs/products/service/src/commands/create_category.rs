//! A new category.

use fault::Fault;
use products_domain::{Category, CategoryError, Flaw, Name, Slug};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Refusal, Stop},
    store::categories,
    tables::categories::Model,
};

/// What staff say about a category.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    /// Made from the name when left out.
    pub slug: Option<String>,
    pub name: String,
    pub parent_id: Option<Uuid>,
    /// Its place among its siblings; equals go by name.
    pub position: i32,
}

/// Adds the category to the tree.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "createCategory", input, |tx| async move {
        let name = Name::at("name", &input.name)?;
        let slug = match &input.slug {
            Some(slug) => Slug::at("slug", slug)?,
            None => Slug::from_name(&input.name)
                .ok_or_else(|| Flaw::new("slug", "cannot be made from this name: give one"))?,
        };
        let rows = categories::all(&tx).await?;
        free(&rows, slug.as_str(), None)?;
        let id = shop.clock.id();
        categories::tree(&rows)?
            .add(Category {
                id,
                parent_id: input.parent_id,
            })
            .map_err(refused)?;
        let row = Model {
            id,
            parent_id: input.parent_id,
            slug: slug.into(),
            name: name.into(),
            position: input.position.into(),
            version: 1,
        };
        categories::insert(&tx, row).await?;
        shop.catalogue_changes_with(&tx);
        Ok(id)
    })
    .await
}

/// Refuses a slug that another category has.
pub(super) fn free(rows: &[Model], slug: &str, except: Option<Uuid>) -> Result<(), Stop> {
    if rows
        .iter()
        .any(|row| row.slug == slug && Some(row.id) != except)
    {
        return Err(Stop::Refused(Refusal::SlugTaken {
            slug: slug.to_owned(),
        }));
    }
    Ok(())
}

/// What the tree does not allow, as the client reads it.
pub(super) fn refused(error: CategoryError) -> Stop {
    match error {
        CategoryError::HasChildren => Stop::not_allowed(error),
        CategoryError::Unknown | CategoryError::Cycle | CategoryError::TooDeep => {
            Stop::invalid("parentId", error)
        }
    }
}
