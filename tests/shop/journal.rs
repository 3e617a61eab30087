//! What shoppers were answered, on disk before they go on.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    sync::Mutex,
};

use serde_json::Value;

/// A journal that `emporium doctor --invariants --journal` reads.
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

impl Journal {
    /// A new journal at `path`.
    pub fn create(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            file: Mutex::new(File::create(path).expect("a journal")),
        }
    }

    /// The command that holds what was answered against what there is.
    pub fn check(&self) -> [&str; 4] {
        let path = self.path.to_str().expect("a path in UTF-8");
        ["doctor", "--invariants", "--journal", path]
    }

    /// Writes an answer down and syncs it.
    pub fn note(&self, answer: &Value) {
        let mut file = self.file.lock().expect("nobody failed while writing");
        file.write_all(format!("{answer}\n").as_bytes())
            .and_then(|()| file.sync_data())
            .expect("the journal is written");
    }

    /// Everything that was written.
    pub fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(&self.path)
            .expect("the journal")
            .lines()
            .map(ToOwned::to_owned)
            .collect()
    }
}
