//! Which passwords are accepted (after NIST SP 800-63B-4, section 3.1.1: length counts, composition
//! rules do not, what everybody uses is refused).

use crate::Email;

/// The fewest characters of a password.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// The most characters of a password; more would only feed the hash.
pub const MAX_PASSWORD_CHARS: usize = 128;

/// Ten characters and more that guessers try first.
const COMMON: [&str; 40] = [
    "1234567890",
    "12345678910",
    "0123456789",
    "0987654321",
    "9876543210",
    "1122334455",
    "1234554321",
    "123123123123",
    "qwertyuiop",
    "qwerty12345",
    "qwerty123456",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qazwsxedcrfv",
    "asdfghjkl1",
    "asdfghjkl;",
    "zxcvbnm123",
    "q1w2e3r4t5",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "password123456",
    "passw0rd123",
    "passwordpassword",
    "welcome123",
    "welcome1234",
    "iloveyou12",
    "iloveyou123",
    "letmein123",
    "letmein1234",
    "admin12345",
    "administrator",
    "changeme123",
    "football123",
    "sunshine123",
    "princess123",
    "superman123",
    "trustno1trustno1",
];

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer than `MIN_PASSWORD_CHARS`.
    #[error("a password has at least 10 characters")]
    TooShort,
    /// More than `MAX_PASSWORD_CHARS`.
    #[error("a password has at most 128 characters")]
    TooLong,
    /// On the list of the most used ones, or one character repeated.
    #[error("this password is among the first that anyone would guess")]
    TooCommon,
    /// The e-mail address, or the part before its `@`.
    #[error("a password must not be your e-mail address")]
    SameAsEmail,
}

/// Checks a password for the account of `email`.
pub fn check_password(password: &str, email: &Email) -> Result<(), PasswordRefusal> {
    let chars = password.chars().count();
    if chars < MIN_PASSWORD_CHARS {
        return Err(PasswordRefusal::TooShort);
    }
    if chars > MAX_PASSWORD_CHARS {
        return Err(PasswordRefusal::TooLong);
    }
    let lower = password.trim().to_lowercase();
    if lower == email.as_str() || lower == email.local() {
        return Err(PasswordRefusal::SameAsEmail);
    }
    let repeated = lower
        .chars()
        .next()
        .is_none_or(|first| lower.chars().all(|next| next == first));
    if repeated || COMMON.contains(&lower.as_str()) {
        return Err(PasswordRefusal::TooCommon);
    }
    Ok(())
}
