//! The folder that holds everything a shop keeps, and the lock that gives it to one process.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use fs4::fs_std::FileExt;

/// A data folder that belongs to this process until it is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// Why a data folder could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process has it.
    #[error("the data folder {} is in use by process {holder}; stop that one, or choose another folder with --data", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The other process's id.
        holder: String,
    },
    /// It cannot be made or written.
    #[error("cannot use the data folder {}: {source}; choose another one with --data", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl DataFolder {
    /// Takes `path`, making it when it is missing.
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        let failed = |source| FolderError::Io {
            folder: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        let file = path.join("lock");
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&file)
            .map_err(failed)?;
        if !FileExt::try_lock_exclusive(&lock).map_err(failed)? {
            let holder = fs::read_to_string(&file).unwrap_or_default();
            return Err(FolderError::InUse {
                folder: path,
                holder: holder.trim().to_owned(),
            });
        }
        lock.set_len(0).map_err(failed)?;
        writeln!(lock, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { path, _lock: lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file of a subgraph, or of the Stripe emulator.
    pub fn database(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.db"))
    }

    /// Where the running shop listens for commands.
    pub fn socket(path: &Path) -> PathBuf {
        path.join("control.sock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::take(folder.path()).unwrap();
        let refused = DataFolder::take(folder.path()).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("process {}", std::process::id())),
            "{refused}"
        );
        drop(first);
        assert!(DataFolder::take(folder.path()).is_ok());
    }
}
