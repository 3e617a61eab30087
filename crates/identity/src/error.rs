//! What can go wrong with keys.

use std::path::PathBuf;

/// A key could not be read, written or used. For operators: it names paths and never shows a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The directory or a file in it could not be read or written.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// Others than the owner may read the file.
    #[error(
        "{path} has mode {mode:04o}: others may read this signing key (chmod 600 {path}; a mounted secret may be 440)"
    )]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is no key where there must be one.
    #[error("{path} holds no signing key; make one with `emporium keys rotate`")]
    NoKey {
        /// The directory.
        path: PathBuf,
    },
    /// The file holds no Ed25519 key, or another one than its name says.
    #[error("{path} does not hold the Ed25519 key that its name says")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// A key set (JWKS) could not be understood.
    #[error("not a usable JSON Web Key Set: {0}")]
    KeySet(&'static str),
    /// A token could not be signed.
    #[error("cannot sign: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

impl KeyError {
    /// For `map_err` around one path.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
