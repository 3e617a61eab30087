//! E-mail addresses as they identify accounts.

use std::fmt;

/// The longest address that SMTP can carry (RFC 5321, section 4.5.3.1.3, less the angle brackets).
const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_LABEL_BYTES: usize = 63;

/// An e-mail address in normal form: no space around it, all lower case. Two spellings of one mailbox
/// that differ in case are one account; dots and `+tags` are kept, since providers differ about them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Why a text is no e-mail address that can have an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailRefusal {
    /// Longer than SMTP carries.
    #[error("an e-mail address has at most 254 characters")]
    TooLong,
    /// Not `name@domain.tld`.
    #[error("write an e-mail address such as ada@example.com")]
    Malformed,
    /// Characters beyond ASCII.
    #[error("use the ASCII form of the address (an international domain begins with xn--)")]
    NotAscii,
}

impl Email {
    /// Checks and normalises: the dot-atom form of RFC 5322 and a domain of at least two labels.
    pub fn parse(text: &str) -> Result<Self, EmailRefusal> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(EmailRefusal::TooLong);
        }
        if !text.is_ascii() {
            return Err(EmailRefusal::NotAscii);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailRefusal::Malformed)?;
        if is_local(local) && is_domain(domain) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(EmailRefusal::Malformed)
        }
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// Shows no personal data: logs may hold it.
impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Email(…)")
    }
}

fn is_local(text: &str) -> bool {
    let atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    text.len() <= MAX_LOCAL_BYTES
        && text
            .split('.')
            .all(|atom| !atom.is_empty() && atom.bytes().all(atext))
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_has_letter = text
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
    text.contains('.') && text.split('.').all(label) && last_has_letter
}
