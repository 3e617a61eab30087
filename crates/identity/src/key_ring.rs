//! The keys of one installation: a directory of files, shared by replicas.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use clock::{Clock, Timestamp};

use crate::key::{Key, PublicKey, Readers};
use crate::{KeyError, KeyInfo, KeyState, LEEWAY, SKEW};

/// The directory is looked at no more often than this.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Times of a rotation.
#[derive(Clone, Copy, Debug)]
pub struct KeyRingSettings {
    /// How long a new key is published before it signs: at least two JWKS polls of every verifier.
    pub publish_ahead: Duration,
    /// How long access tokens live; a retired key stays that long (and the leeway, and the skew of clocks).
    pub token_lifetime: Duration,
}

impl Default for KeyRingSettings {
    /// 20 s ahead, tokens of 15 minutes.
    fn default() -> Self {
        Self {
            publish_ahead: Duration::from_secs(20),
            token_lifetime: Duration::from_mins(15),
        }
    }
}

/// The signing keys in a directory. Which of them signs follows from the time alone.
pub struct KeyRing {
    /// None where nothing is signed.
    directory: Option<PathBuf>,
    readers: Readers,
    settings: KeyRingSettings,
    clock: Clock,
    /// Sorted by `signs_from`, then by id. Empty only where nothing is signed.
    keys: RwLock<Arc<Vec<Key>>>,
    looked_at: AtomicI64,
    generation: AtomicU64,
}

impl KeyRing {
    /// Loads the keys of `directory`; creates the directory (mode 0700) and a first key, which signs
    /// at once, where there is none.
    pub fn open(
        directory: impl Into<PathBuf>,
        settings: KeyRingSettings,
        clock: Clock,
    ) -> Result<Self, KeyError> {
        let directory = directory.into();
        create_private_directory(&directory)?;
        let now = clock.now();
        let mut keys = read_keys(&directory, Readers::Owner)?;
        if keys.is_empty() {
            let (key, pem) = Key::generate(&clock.bytes::<32>(), now)?;
            write_private_file(&directory, &key.file_name(), &pem)?;
            keys = read_keys(&directory, Readers::Owner)?;
        }
        Ok(Self::over(
            Some(directory),
            Readers::Owner,
            settings,
            clock,
            keys,
        ))
    }

    /// Loads the keys of a directory that others keep, such as a mounted secret: nothing is made here, and its group may
    /// read it. Keys that come and go are taken in while this runs.
    pub fn mounted(
        directory: impl Into<PathBuf>,
        settings: KeyRingSettings,
        clock: Clock,
    ) -> Result<Self, KeyError> {
        let directory = directory.into();
        let keys = read_keys(&directory, Readers::Group)?;
        if keys.is_empty() {
            return Err(KeyError::NoKey { path: directory });
        }
        Ok(Self::over(
            Some(directory),
            Readers::Group,
            settings,
            clock,
            keys,
        ))
    }

    /// A ring without a key, for a process that signs nothing.
    pub fn none(clock: Clock) -> Self {
        let settings = KeyRingSettings::default();
        Self::over(None, Readers::Owner, settings, clock, Vec::new())
    }

    fn over(
        directory: Option<PathBuf>,
        readers: Readers,
        settings: KeyRingSettings,
        clock: Clock,
        keys: Vec<Key>,
    ) -> Self {
        Self {
            directory,
            readers,
            settings,
            looked_at: AtomicI64::new(clock.now().as_millis()),
            clock,
            keys: RwLock::new(Arc::new(keys)),
            generation: AtomicU64::new(0),
        }
    }

    /// Publishes a new key that will sign after `publish_ahead`, and deletes keys that are gone.
    /// While a new key already waits for its time, that one is returned and nothing is made.
    pub fn rotate(&self, now: Timestamp) -> Result<KeyInfo, KeyError> {
        let directory = self
            .directory
            .as_deref()
            .ok_or(KeyError::KeySet("this process holds no signing keys"))?;
        self.reload()?;
        let known = self.infos(now);
        if let Some(next) = known.iter().find(|key| key.state == KeyState::Next) {
            return Ok(next.clone());
        }
        let (key, pem) = Key::generate(
            &self.clock.bytes::<32>(),
            now.plus(self.settings.publish_ahead),
        )?;
        write_private_file(directory, &key.file_name(), &pem)?;
        for gone in known.iter().filter(|key| key.state == KeyState::Gone) {
            let path = directory.join(format!("{}.{}.pem", gone.signs_from.as_millis(), gone.kid));
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(KeyError::io(path)(error));
                }
                _ => {}
            }
        }
        self.reload()?;
        Ok(KeyInfo {
            kid: key.public.kid.clone(),
            signs_from: key.signs_from,
            state: KeyState::Next,
        })
    }

    /// Every key in the directory with its state at `now`, oldest first.
    pub fn infos(&self, now: Timestamp) -> Vec<KeyInfo> {
        let keys = self.keys();
        (0..keys.len())
            .map(|index| KeyInfo {
                kid: keys[index].public.kid.clone(),
                signs_from: keys[index].signs_from,
                state: self.state(&keys, index, now),
            })
            .collect()
    }

    /// The public keys as a JSON Web Key Set (RFC 7517), for `/.well-known/jwks.json`.
    pub fn jwks(&self) -> serde_json::Value {
        let now = self.clock.now();
        self.look(now);
        let keys = self.keys();
        let published: Vec<_> = (0..keys.len())
            .filter(|&index| self.state(&keys, index, now) != KeyState::Gone)
            .map(|index| keys[index].public.jwk())
            .collect();
        serde_json::json!({ "keys": published })
    }

    /// The key that signs at `now`; `None` cannot happen while the directory is as `open` left it.
    pub(crate) fn signing(&self, now: Timestamp) -> Option<Key> {
        self.look(now);
        let keys = self.keys();
        keys.iter()
            .rfind(|key| key.signs_from <= now)
            .or(keys.first())
            .cloned()
    }

    /// The public key of that id, unless it is gone.
    pub(crate) fn public(&self, kid: &str, now: Timestamp) -> Option<PublicKey> {
        let keys = self.keys();
        let index = keys.iter().position(|key| key.public.kid == kid)?;
        (self.state(&keys, index, now) != KeyState::Gone).then(|| keys[index].public.clone())
    }

    /// Changes whenever the set of keys has changed.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Takes in what another process has changed: a listing of a handful of names, once a second.
    /// What cannot be read leaves the keys as they are: those in memory stay good.
    pub(crate) fn look(&self, now: Timestamp) {
        let last = self.looked_at.load(Ordering::Relaxed);
        let due = now.as_millis().abs_diff(last)
            >= u64::try_from(LOOK_EVERY.as_millis()).unwrap_or(u64::MAX);
        let mine = || {
            self.looked_at.compare_exchange(
                last,
                now.as_millis(),
                Ordering::Relaxed,
                Ordering::Relaxed,
            )
        };
        if due && mine().is_ok() && self.differs() {
            let _ = self.reload();
        }
    }

    fn differs(&self) -> bool {
        let names: Vec<String> = self.keys().iter().map(Key::file_name).collect();
        self.directory.as_deref().is_some_and(|directory| {
            list(directory).is_ok_and(|found| {
                found.len() != names.len()
                    || found
                        .iter()
                        .any(|path| !names.iter().any(|name| path.ends_with(name)))
            })
        })
    }

    fn reload(&self) -> Result<(), KeyError> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        let keys = read_keys(directory, self.readers)?;
        if !keys.is_empty() {
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
            self.generation.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn state(&self, keys: &[Key], index: usize, now: Timestamp) -> KeyState {
        let signs = keys
            .iter()
            .rposition(|key| key.signs_from <= now)
            .unwrap_or(0);
        if index > signs {
            return KeyState::Next;
        }
        if index == signs {
            return KeyState::Signing;
        }
        let last_token = keys[index + 1]
            .signs_from
            .plus(self.settings.token_lifetime)
            .plus(LEEWAY + SKEW);
        // A verifier may have seen the successor's time a little late.
        if now <= last_token.plus(LOOK_EVERY) {
            KeyState::Retired
        } else {
            KeyState::Gone
        }
    }
}

/// The key files of a directory; other files, and those still being written, are passed over.
fn list(directory: &Path) -> Result<Vec<PathBuf>, KeyError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(KeyError::io(directory))? {
        let path = entry.map_err(KeyError::io(directory))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "pem") {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn read_keys(directory: &Path, readers: Readers) -> Result<Vec<Key>, KeyError> {
    let mut keys = list(directory)?
        .iter()
        .map(|path| Key::read(path, readers))
        .collect::<Result<Vec<_>, _>>()?;
    keys.sort_by(|a, b| (a.signs_from, &a.public.kid).cmp(&(b.signs_from, &b.public.kid)));
    Ok(keys)
}

fn create_private_directory(directory: &Path) -> Result<(), KeyError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(KeyError::io(directory))
}

/// Written under a hidden name, synced, then renamed: a reader sees a whole key or none.
fn write_private_file(directory: &Path, name: &str, text: &str) -> Result<(), KeyError> {
    let hidden = directory.join(format!(".{name}"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&hidden).map_err(KeyError::io(&hidden))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(KeyError::io(&hidden))?;
    let path = directory.join(name);
    fs::rename(&hidden, &path).map_err(KeyError::io(&path))?;
    #[cfg(unix)]
    fs::File::open(directory)
        .and_then(|opened| opened.sync_all())
        .map_err(KeyError::io(directory))?;
    Ok(())
}
