//! Hashes passwords with argon2id, away from the threads that answer requests.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{Error, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use clock::Clock;
use fault::{Code, Fault};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

use crate::config::Config;

/// Hashes and verifies; so many at once, so many waiting, and the next one is told to come again.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    clock: Clock,
    working: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// Verified against when there is no account, so that it takes the same time.
    nobody: String,
}

impl Passwords {
    /// With the configured cost; takes the time of one hash. The error says which parameter is wrong.
    pub(crate) fn new(config: &Config, clock: Clock) -> Result<Self, Error> {
        let params = Params::new(
            config.argon2_memory_kib,
            config.argon2_passes,
            config.argon2_lanes,
            None,
        )?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, &clock.token(), &clock)?;
        let at_once = usize::try_from(config.hashes_at_once.max(1)).unwrap_or(1);
        let waiting = usize::try_from(config.hashes_waiting).unwrap_or(0);
        Ok(Self {
            argon2,
            clock,
            working: Arc::new(Semaphore::new(at_once)),
            admitted: Arc::new(Semaphore::new(at_once + waiting)),
            nobody,
        })
    }

    /// The PHC string of a password. Unavailable if too many wait.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Fault> {
        let (password, argon2, clock) =
            (password.to_owned(), self.argon2.clone(), self.clock.clone());
        self.work(move || hash(&argon2, &password, &clock))
            .await?
            .map_err(|error| Fault::internal(error.to_string()))
    }

    /// Whether `password` has the hash `known`; without one it takes as long and is wrong. Unavailable if too many wait.
    pub(crate) async fn verify(&self, password: &str, known: Option<&str>) -> Result<bool, Fault> {
        let (password, argon2) = (password.to_owned(), self.argon2.clone());
        let stored = known.unwrap_or(&self.nobody).to_owned();
        let matches = self
            .work(move || {
                let stored = PasswordHash::new(&stored)?;
                match argon2.verify_password(normal(&password).as_bytes(), &stored) {
                    Ok(()) => Ok(true),
                    Err(Error::Password) => Ok(false),
                    Err(error) => Err(error),
                }
            })
            .await?
            .map_err(|error: Error| Fault::internal(error.to_string()))?;
        Ok(matches && known.is_some())
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let admitted = Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| busy())?;
        let working = Arc::clone(&self.working)
            .acquire_owned()
            .await
            .map_err(Fault::internal)?;
        let held: [OwnedSemaphorePermit; 2] = [admitted, working];
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        done.await.map_err(Fault::internal)
    }
}

fn busy() -> Fault {
    Fault::new(
        Code::Unavailable,
        "too many people log in at the moment; try again",
    )
    .retry_after(Duration::from_secs(1))
}

fn hash(argon2: &Argon2<'_>, password: &str, clock: &Clock) -> Result<String, Error> {
    let salt = SaltString::encode_b64(&clock.bytes::<16>())?;
    Ok(argon2
        .hash_password(normal(password).as_bytes(), &salt)?
        .to_string())
}

/// Keyboards differ in how they send the same character (NIST SP 800-63B-4, section 3.1.1.2).
fn normal(password: &str) -> String {
    password.nfkc().collect()
}
