//! Names that people give themselves.

const MAX_CHARS: usize = 80;

/// A name to show: trimmed, 1 to 80 characters, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameRefusal {
    /// Nothing but space.
    #[error("a name has at least one character")]
    Empty,
    /// More than 80 characters.
    #[error("a name has at most 80 characters")]
    TooLong,
    /// Control characters, or marks that change the direction of the text after them.
    #[error("a name has no control characters")]
    Control,
}

impl DisplayName {
    /// Checks and trims.
    pub fn parse(text: &str) -> Result<Self, NameRefusal> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameRefusal::Empty);
        }
        if text.chars().count() > MAX_CHARS {
            return Err(NameRefusal::TooLong);
        }
        if text.chars().any(is_unprintable) {
            return Err(NameRefusal::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters and the bidirectional overrides of Unicode TR 9, which can disguise text.
pub(crate) fn is_unprintable(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
