//! Texts that were checked once, at the door.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is wrong with one part of an input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Flaw {
    /// Where, from the input's root, in the client's own names: `variants.0.sku`.
    pub path: String,
    /// What to change, for the client to read.
    pub message: String,
}

impl Flaw {
    /// A flaw at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }

    /// The same flaw, seen from one level further out.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path = if self.path.is_empty() {
            prefix.to_owned()
        } else {
            format!("{prefix}.{}", self.path)
        };
        self
    }
}

/// The text with outer white space removed, when its length in characters is in range and it has no control characters.
fn bounded(text: &str, least: usize, most: usize, lines: bool) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if length < least || length > most {
        return Err(format!(
            "must have {least} to {most} characters, has {length}"
        ));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\t')))
    {
        return Err("must not have control characters".to_owned());
    }
    Ok(text.to_owned())
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text; the error says what to change.
            pub fn parse(text: &str) -> Result<Self, String> {
                let check: fn(&str) -> Result<String, String> = $check;
                check(text).map(Self)
            }

            /// Checks the text, naming where it stands when it is wrong.
            pub fn at(path: &str, text: &str) -> Result<Self, Flaw> {
                Self::parse(text).map_err(|message| Flaw::new(path, message))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text)
            }
        }
    };
}

text!(
    /// The readable part of an address: `walnut-desk-lamp`. Lower-case letters, digits and single hyphens.
    Slug,
    |text| {
        let text = bounded(text, 1, 100, false)?;
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if text.split('-').all(word) {
            Ok(text)
        } else {
            Err("must be lower-case letters and digits, joined by single hyphens".to_owned())
        }
    }
);
text!(
    /// A stock keeping unit: `LAMP-WAL-01`. Letters, digits, dot, hyphen and underscore.
    Sku,
    |text| {
        let text = bounded(text, 1, 64, false)?;
        if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
            Ok(text)
        } else {
            Err("must be letters, digits, dots, hyphens and underscores".to_owned())
        }
    }
);
text!(
    /// What a product, variant or category is called; 1 to 200 characters.
    Name,
    |text| bounded(text, 1, 200, false)
);
text!(
    /// Who makes a product; 1 to 100 characters.
    Brand,
    |text| bounded(text, 1, 100, false)
);
text!(
    /// What is said about a product; at most 10,000 characters, lines allowed.
    Description,
    |text| bounded(text, 0, 10_000, true)
);
text!(
    /// What variants differ in: `Colour`; 1 to 40 characters.
    OptionName,
    |text| bounded(text, 1, 40, false)
);
text!(
    /// One value of an option: `Walnut`; 1 to 60 characters.
    OptionValue,
    |text| bounded(text, 1, 60, false)
);
text!(
    /// Why someone changed stock by hand; 1 to 200 characters.
    Reason,
    |text| bounded(text, 1, 200, false)
);

impl Slug {
    /// A slug made from a name: what is no letter or digit of ASCII becomes a hyphen. None when nothing is left.
    pub fn from_name(name: &str) -> Option<Self> {
        let words: Vec<String> = name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let mut slug = String::new();
        for word in words {
            if slug.len().saturating_add(word.len()) > 99 {
                break;
            }
            if !slug.is_empty() {
                slug.push('-');
            }
            slug.push_str(&word);
        }
        Self::parse(&slug).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_made_and_checked() {
        assert_eq!(
            Slug::from_name("Walnut Desk-Lamp, 40 cm").unwrap().as_str(),
            "walnut-desk-lamp-40-cm"
        );
        assert_eq!(Slug::from_name("木"), None);
        for wrong in [
            "",
            "Upper",
            "two--hyphens",
            "-edge",
            "edge-",
            "a b",
            &"x".repeat(101),
        ] {
            assert!(Slug::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_bounded() {
        assert_eq!(Name::parse("  Lamp ").unwrap().as_str(), "Lamp");
        assert!(Name::parse("\u{7}bell").is_err());
        assert!(Description::parse("two\nlines").is_ok());
        assert!(Sku::parse("LAMP 1").is_err());
    }

    #[test]
    fn a_flaw_is_placed_under_its_list() {
        assert_eq!(
            Flaw::new("sku", "no").under("variants.2").path,
            "variants.2.sku"
        );
    }
}
