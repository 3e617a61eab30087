//! One index in one folder: a generation. A rebuild writes the next one beside it; a pointer file names the one in use.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, Term, directory::MmapDirectory,
    indexer::IndexWriterOptions,
};

use super::fields::{Fields, register_analyzers};
use crate::adapters::search::{Change, Mark, SearchError};

/// The file that names the generation in use.
const POINTER: &str = "current";
/// A new form of the fields takes a new prefix, so that an index of the old form is built anew.
const PREFIX: &str = "v1-";

/// An open index.
pub(super) struct Generation {
    pub folder: PathBuf,
    pub fields: Fields,
    pub index: Index,
    pub reader: IndexReader,
    memory: usize,
    writer: Mutex<Option<IndexWriter>>,
}

impl Generation {
    /// Opens or creates the index in `root/name`; indexing may use `memory` bytes.
    pub(super) fn open(root: &Path, name: &str, memory: usize) -> Result<Self, SearchError> {
        let folder = root.join(name);
        fs::create_dir_all(&folder)?;
        let (schema, fields) = Fields::declare();
        let directory = MmapDirectory::open(&folder).map_err(tantivy::TantivyError::from)?;
        let index = Index::open_or_create(directory, schema)?;
        register_analyzers(&index);
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            folder,
            fields,
            index,
            reader,
            memory,
            writer: Mutex::new(None),
        })
    }

    /// The mark of the last commit.
    pub(super) fn mark(&self) -> Result<Option<Mark>, SearchError> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|payload| serde_json::from_str(&payload).ok()))
    }

    /// Applies changes; commits them when they come with a mark. Refuses when the mark is not the one `from` which they lead.
    pub(super) fn write(
        &self,
        changes: &[Change],
        from: Option<&Mark>,
        mark: Option<&Mark>,
    ) -> Result<(), SearchError> {
        let mut guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if from.is_some() && self.mark()?.as_ref() != from {
            return Err(SearchError::Moved);
        }
        let writer = match &mut *guard {
            Some(writer) => writer,
            none => none.insert(self.open_writer()?),
        };
        for change in changes {
            let id = match change {
                Change::Put(document) => document.id,
                Change::Remove(id, _) => *id,
            };
            writer.delete_term(Term::from_field_text(
                self.fields.id,
                &id.simple().to_string(),
            ));
            if let Change::Put(document) = change {
                writer.add_document(self.fields.document(document))?;
            }
        }
        if let Some(mark) = mark {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&serde_json::to_string(mark).unwrap_or_default());
            commit.commit()?;
            self.reader.reload()?;
        }
        Ok(())
    }

    fn open_writer(&self) -> Result<IndexWriter, SearchError> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(self.memory)
            .build();
        Ok(self.index.writer_with_options(options)?)
    }

    /// Waits until the segments are merged, then gives the writer's memory back.
    pub(super) fn settle(&self) -> Result<(), SearchError> {
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            writer.wait_merging_threads()?;
            self.reader.reload()?;
        }
        Ok(())
    }

    /// Removes its files, while nobody writes any. Searches that run on it keep theirs open until they are done.
    pub(super) fn remove(&self) -> Result<(), SearchError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writer.take() {
            writer.wait_merging_threads()?;
        }
        fs::remove_dir_all(&self.folder)?;
        Ok(())
    }
}

/// The name of the generation in use; none before the first, or when it has another form of the fields.
pub(super) fn in_use(root: &Path) -> Option<String> {
    let name = fs::read_to_string(root.join(POINTER)).ok()?;
    let name = name.trim();
    (name.starts_with(PREFIX) && root.join(name).is_dir()).then(|| name.to_owned())
}

/// The name of the generation with this id.
pub(super) fn name(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// Makes `name` the generation in use, surviving a crash at any moment.
pub(super) fn point(root: &Path, name: &str) -> Result<(), SearchError> {
    let next = root.join("next");
    let mut file = fs::File::create(&next)?;
    file.write_all(name.as_bytes())?;
    file.sync_all()?;
    fs::rename(next, root.join(POINTER))?;
    Ok(())
}

/// Removes every generation but `name`: what a crash or an older form left.
pub(super) fn sweep(root: &Path, name: &str) -> Result<(), SearchError> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name().to_string_lossy() != name {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
