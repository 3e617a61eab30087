//! Keyset pages: opaque cursors, and the bounds of a page.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fault::Fault;
use serde::{Serialize, de::DeserializeOwned};

/// The most items a page can hold.
pub const MOST: u32 = 100;

/// Which page of a list is wanted: the Relay arguments, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<K> {
    /// How many items at most, 1 to [`MOST`].
    pub limit: u32,
    /// The key of the item beyond which the page lies.
    pub beyond: Option<K>,
    /// Whether the page runs against the list's order (`last` and `before`).
    pub backwards: bool,
}

impl<K: DeserializeOwned> Page<K> {
    /// Checks `first`/`after` or `last`/`before`; without a count the page holds `default` items.
    pub fn new(
        first: Option<i32>,
        after: Option<&str>,
        last: Option<i32>,
        before: Option<&str>,
        default: u32,
    ) -> Result<Self, Fault> {
        if (first.is_some() || after.is_some()) && (last.is_some() || before.is_some()) {
            return Err(Fault::invalid(
                "use `first` and `after`, or `last` and `before`, not both",
            ));
        }
        let backwards = last.is_some() || before.is_some();
        let limit = match first.or(last) {
            None => default,
            Some(count) => u32::try_from(count)
                .ok()
                .filter(|count| (1..=MOST).contains(count))
                .ok_or_else(|| Fault::invalid(format!("`first` and `last` take 1 to {MOST}")))?,
        };
        let beyond = after.or(before).map(decode).transpose()?;
        Ok(Self {
            limit,
            beyond,
            backwards,
        })
    }

    /// How many rows to ask the database for: one more than the page holds, to see whether there are more.
    pub fn fetch(&self) -> u64 {
        u64::from(self.limit) + 1
    }

    /// Cuts `rows`, read with [`Page::fetch`] in the direction of the page, to the page in list order. Returns
    /// `(rows, has_previous_page, has_next_page)`.
    pub fn cut<R>(&self, mut rows: Vec<R>) -> (Vec<R>, bool, bool) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if self.backwards {
            rows.reverse();
            (rows, more, self.beyond.is_some())
        } else {
            (rows, self.beyond.is_some(), more)
        }
    }
}

/// The opaque cursor of a sort key.
pub fn encode(key: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// The sort key of a cursor; a cursor that is not one of ours is the caller's error.
pub fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K, Fault> {
    let wrong = || {
        Fault::invalid("this cursor is not one of this list's; take it from `pageInfo` or an edge")
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    serde_json::from_slice(&bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_bounded_and_one_sided() {
        assert!(Page::<i64>::new(Some(101), None, None, None, 20).is_err());
        assert!(Page::<i64>::new(Some(0), None, None, None, 20).is_err());
        assert!(Page::<i64>::new(Some(1), None, Some(1), None, 20).is_err());
        assert!(Page::<i64>::new(Some(1), Some("?"), None, None, 20).is_err());
        assert_eq!(
            Page::<i64>::new(None, None, None, None, 20).unwrap().limit,
            20
        );
    }

    #[test]
    fn cuts_in_list_order() {
        let forward = Page::<i64>::new(Some(2), Some(&encode(&7)), None, None, 20).unwrap();
        assert_eq!(forward.cut(vec![1, 2, 3]), (vec![1, 2], true, true));
        let backward = Page::<i64>::new(None, None, Some(2), None, 20).unwrap();
        assert_eq!(backward.cut(vec![9, 8]), (vec![8, 9], false, false));
    }
}
