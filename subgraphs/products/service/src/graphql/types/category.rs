//! The tree of categories.

use std::sync::Arc;

use async_graphql::{ID, Object};
use serving::graphql::global_id;
use uuid::Uuid;

use crate::graphql::{directives, loaders::Forest};

/// A place in the tree of categories. A product in it is also found in those above it.
#[derive(Clone, Debug)]
pub(crate) struct Category {
    forest: Arc<Forest>,
    id: Uuid,
    slug: String,
    name: String,
    position: i32,
    version: i64,
}

impl Category {
    /// The category with this id, if it is there.
    pub(crate) fn of(forest: &Arc<Forest>, id: Uuid) -> Option<Self> {
        let row = forest.rows.get(&id)?;
        Some(Self {
            forest: Arc::clone(forest),
            id,
            slug: row.slug.clone(),
            name: row.name.clone(),
            position: i32::try_from(row.position).unwrap_or(i32::MAX),
            version: row.version,
        })
    }

    /// The category with this slug, if it is there.
    pub(crate) fn by_slug(forest: &Arc<Forest>, slug: &str) -> Option<Self> {
        let row = forest.rows.values().find(|row| row.slug == slug)?;
        Self::of(forest, row.id)
    }

    /// The categories right below, or at the top.
    pub(crate) fn below(forest: &Arc<Forest>, parent: Option<Uuid>) -> Vec<Self> {
        forest
            .tree
            .children(parent)
            .iter()
            .filter_map(|id| Self::of(forest, *id))
            .collect()
    }
}

#[Object]
impl Category {
    /// Its id.
    async fn id(&self) -> ID {
        global_id::encode("Category", self.id)
    }

    /// The readable part of its address, such as `desk-lamps`.
    async fn slug(&self) -> &str {
        &self.slug
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Its place among its siblings; equals go by name.
    async fn position(&self) -> i32 {
        self.position
    }

    /// The category above it; null at the top.
    async fn parent(&self) -> Option<Category> {
        let row = self.forest.rows.get(&self.id)?;
        Self::of(&self.forest, row.parent_id?)
    }

    /// The categories above it, from the top down.
    #[graphql(directive = directives::list_size::apply(Some(3), None, None, None))]
    async fn ancestors(&self) -> Vec<Category> {
        let path = self.forest.tree.path(self.id);
        path.into_iter()
            .filter(|id| *id != self.id)
            .filter_map(|id| Self::of(&self.forest, id))
            .collect()
    }

    /// The categories right below it, in the order shown.
    #[graphql(directive = directives::list_size::apply(Some(6), None, None, None))]
    async fn children(&self) -> Vec<Category> {
        Self::below(&self.forest, Some(self.id))
    }

    /// Counts its changes, for `ifVersion`.
    async fn version(&self) -> i32 {
        i32::try_from(self.version).unwrap_or(i32::MAX)
    }
}
