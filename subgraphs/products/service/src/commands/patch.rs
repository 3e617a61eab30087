//! A part that may be changed, taken away or left alone.

use serde::Serialize;

/// What becomes of a part that may be absent.
#[derive(Clone, Debug, Serialize)]
pub(crate) enum Patch<T> {
    /// It stays as it is.
    Keep,
    /// It is taken away.
    Clear,
    /// It becomes this.
    Set(T),
}
