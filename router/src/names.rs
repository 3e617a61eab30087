//! Names of fields in subgraphs' answers. hive-router borrows them from the answer's bytes; answers that are no bytes borrow
//! them from here, where a name stays for the life of the process.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
};

/// The names of a graph are some hundreds. The rest is for aliases, which clients choose: more of them than this stay bytes.
const MOST: usize = 10_000;
/// Bytes; longer aliases stay bytes.
const LONGEST: usize = 100;

/// Names that were met.
struct Kept(RwLock<Option<HashSet<&'static str>>>);

static KEPT: Kept = Kept::new();

/// The name, for as long as the process lives; none when it is very long, or too many others are kept already.
pub fn kept(name: &str) -> Option<&'static str> {
    KEPT.get(name)
}

impl Kept {
    const fn new() -> Self {
        Self(RwLock::new(None))
    }

    fn get(&self, name: &str) -> Option<&'static str> {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = names.as_ref() {
            let known = names.get(name).copied();
            if known.is_some() || names.len() >= MOST {
                return known;
            }
        }
        drop(names);
        if name.len() > LONGEST {
            return None;
        }
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let names = names.get_or_insert_default();
        // Others may have come first, with this name or with the last one there is room for.
        if !names.contains(name) && names.len() < MOST {
            names.insert(Box::leak(Box::from(name)));
        }
        names.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_only_so_many_are() {
        let kept = Kept::new();
        let first = kept.get("price").unwrap();
        assert_eq!(first, "price");
        assert!(std::ptr::eq(first, kept.get("price").unwrap()));
        for number in 1..MOST {
            assert!(kept.get(&format!("alias{number}")).is_some());
        }
        assert_eq!(kept.get("one_too_many"), None);
        assert_eq!(kept.get("price"), Some("price"));
        assert_eq!(Kept::new().get(&"a".repeat(LONGEST + 1)), None);
    }
}
