//! TLS to clients. Certificates are read again when their files change, and on SIGHUP.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{RouterError, config::RouterConfig};

/// Between looks at the files. Secrets that an orchestrator rotates change without a signal.
const LOOK: Duration = Duration::from_secs(5);

/// A certificate and its key, as they are in their files.
pub(crate) struct Certificate {
    chain_file: PathBuf,
    key_file: PathBuf,
    present: RwLock<Present>,
}

struct Present {
    key: Arc<CertifiedKey>,
    texts: (Vec<u8>, Vec<u8>),
}

impl Certificate {
    /// Nothing when no files are set.
    pub(crate) fn open(config: &RouterConfig) -> Result<Option<Arc<Self>>, RouterError> {
        if config.tls_certificate_file.is_empty() {
            return Ok(None);
        }
        let (chain_file, key_file) = (
            PathBuf::from(&config.tls_certificate_file),
            PathBuf::from(&config.tls_key_file),
        );
        let texts = texts(&chain_file, &key_file).map_err(RouterError::Setting)?;
        let key = read(&texts).map_err(RouterError::Setting)?;
        Ok(Some(Arc::new(Self {
            chain_file,
            key_file,
            present: RwLock::new(Present {
                key: Arc::new(key),
                texts,
            }),
        })))
    }

    /// What the server needs.
    pub(crate) fn server(self: &Arc<Self>) -> ServerConfig {
        ServerConfig::builder()
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>)
    }

    /// Watches the files until `stop`.
    pub(crate) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut hangups = signal(SignalKind::hangup()).ok();
        let mut every = interval(LOOK);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut complained = Vec::new();
        loop {
            let asked = async {
                match &mut hangups {
                    Some(hangups) => {
                        hangups.recv().await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                _ = every.tick() => {}
                () = asked => complained.clear(),
            }
            match self.renew() {
                Ok(false) => complained.clear(),
                Ok(true) => {
                    complained.clear();
                    tracing::info!("the certificate for clients was read anew");
                }
                Err(why) if complained == why.as_bytes() => {}
                Err(why) => {
                    tracing::error!(error = why, "the certificate for clients stays as it was");
                    complained = why.into_bytes();
                }
            }
        }
    }

    /// Reads the files again. Whether there was something new.
    fn renew(&self) -> Result<bool, String> {
        let texts = texts(&self.chain_file, &self.key_file)?;
        let known = |present: &Present| present.texts == texts;
        if known(&self.present.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(false);
        }
        let key = Arc::new(read(&texts)?);
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = Present { key, texts };
        Ok(true)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&present.key))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.chain_file.display())
    }
}

fn texts(chain: &PathBuf, key: &PathBuf) -> Result<(Vec<u8>, Vec<u8>), String> {
    let text = |setting: &str, path: &PathBuf| {
        std::fs::read(path).map_err(|error| {
            format!(
                "`router.{setting}`: cannot read {}: {error}",
                path.display()
            )
        })
    };
    Ok((
        text("tls_certificate_file", chain)?,
        text("tls_key_file", key)?,
    ))
}

fn read((chain, key): &(Vec<u8>, Vec<u8>)) -> Result<CertifiedKey, String> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("`router.tls_certificate_file` is no PEM: {error}"))?;
    if chain.is_empty() {
        return Err("`router.tls_certificate_file` holds no certificate".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|error| format!("`router.tls_key_file` holds no private key: {error}"))?;
    let key = ring::sign::any_supported_type(&key)
        .map_err(|error| format!("`router.tls_key_file` cannot be used: {error}"))?;
    let certified = CertifiedKey::new(chain, key);
    certified.keys_match().map_err(|_| {
        "the key in `router.tls_key_file` does not belong to the certificate in `router.tls_certificate_file`"
            .to_owned()
    })?;
    Ok(certified)
}
