//! The tree of categories.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

/// A category is at most so many steps below the top.
pub const MAX_DEPTH: usize = 8;

/// A place in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// The category's id.
    pub id: Uuid,
    /// The category above; none at the top.
    pub parent_id: Option<Uuid>,
}

/// Why the tree cannot change so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CategoryError {
    /// There is no such category.
    #[error("there is no such category")]
    Unknown,
    /// It would stand below itself.
    #[error("a category cannot stand below itself")]
    Cycle,
    /// It, or one below it, would stand too deep.
    #[error("categories go {MAX_DEPTH} levels deep at most")]
    TooDeep,
    /// Others stand below it.
    #[error("the category has categories below it")]
    HasChildren,
}

/// All categories, each below its parent, without cycles.
#[derive(Clone, Debug, Default)]
pub struct CategoryTree {
    parents: HashMap<Uuid, Option<Uuid>>,
    children: HashMap<Option<Uuid>, Vec<Uuid>>,
}

impl CategoryTree {
    /// The tree of these categories, given in the order in which siblings are shown.
    pub fn new(categories: impl IntoIterator<Item = Category>) -> Result<Self, CategoryError> {
        let mut tree = Self::default();
        for Category { id, parent_id } in categories {
            tree.parents.insert(id, parent_id);
            tree.children.entry(parent_id).or_default().push(id);
        }
        for id in tree.parents.keys() {
            tree.depth(*id)?;
        }
        Ok(tree)
    }

    /// Whether the category is there.
    pub fn has(&self, id: Uuid) -> bool {
        self.parents.contains_key(&id)
    }

    /// The categories right below, or at the top.
    pub fn children(&self, of: Option<Uuid>) -> &[Uuid] {
        self.children.get(&of).map_or(&[], Vec::as_slice)
    }

    /// The category itself and every one below it.
    pub fn with_descendants(&self, id: Uuid) -> Vec<Uuid> {
        let mut found = Vec::new();
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            found.push(next);
            open.extend_from_slice(self.children(Some(next)));
        }
        found
    }

    /// The categories above, from the top down, and the category itself at the end.
    pub fn path(&self, id: Uuid) -> Vec<Uuid> {
        let mut path = vec![id];
        let mut seen = HashSet::from([id]);
        let mut at = id;
        while let Some(Some(parent)) = self.parents.get(&at) {
            if !seen.insert(*parent) {
                break;
            }
            path.push(*parent);
            at = *parent;
        }
        path.reverse();
        path
    }

    /// Adds a category.
    pub fn add(&mut self, category: Category) -> Result<(), CategoryError> {
        self.may_stand(category.parent_id, 1)?;
        self.parents.insert(category.id, category.parent_id);
        self.children
            .entry(category.parent_id)
            .or_default()
            .push(category.id);
        Ok(())
    }

    /// Moves a category with all below it.
    pub fn relocate(&mut self, id: Uuid, parent_id: Option<Uuid>) -> Result<(), CategoryError> {
        let old = *self.parents.get(&id).ok_or(CategoryError::Unknown)?;
        if parent_id.is_some_and(|parent| self.with_descendants(id).contains(&parent)) {
            return Err(CategoryError::Cycle);
        }
        self.may_stand(parent_id, self.height(id))?;
        if let Some(siblings) = self.children.get_mut(&old) {
            siblings.retain(|sibling| *sibling != id);
        }
        self.parents.insert(id, parent_id);
        self.children.entry(parent_id).or_default().push(id);
        Ok(())
    }

    /// Takes a category away that has none below it.
    pub fn remove(&mut self, id: Uuid) -> Result<(), CategoryError> {
        let parent = *self.parents.get(&id).ok_or(CategoryError::Unknown)?;
        if !self.children(Some(id)).is_empty() {
            return Err(CategoryError::HasChildren);
        }
        self.parents.remove(&id);
        if let Some(siblings) = self.children.get_mut(&parent) {
            siblings.retain(|sibling| *sibling != id);
        }
        Ok(())
    }

    fn may_stand(&self, parent: Option<Uuid>, height: usize) -> Result<(), CategoryError> {
        let above = match parent {
            None => 0,
            Some(parent) if self.has(parent) => self.depth(parent)?,
            Some(_) => return Err(CategoryError::Unknown),
        };
        if above.saturating_add(height) > MAX_DEPTH {
            Err(CategoryError::TooDeep)
        } else {
            Ok(())
        }
    }

    /// 1 at the top.
    fn depth(&self, id: Uuid) -> Result<usize, CategoryError> {
        let mut at = id;
        for depth in 1..=MAX_DEPTH {
            match self.parents.get(&at) {
                Some(Some(parent)) if *parent == id => return Err(CategoryError::Cycle),
                Some(Some(parent)) => at = *parent,
                Some(None) => return Ok(depth),
                None => return Err(CategoryError::Unknown),
            }
        }
        Err(CategoryError::TooDeep)
    }

    /// 1 without children.
    fn height(&self, id: Uuid) -> usize {
        let below = self
            .children(Some(id))
            .iter()
            .map(|child| self.height(*child))
            .max();
        below.unwrap_or(0).saturating_add(1)
    }
}
