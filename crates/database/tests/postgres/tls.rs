//! The connection is encrypted and the server is who it says.

use std::path::Path;

use clock::Clock;
use database::{Database, DatabaseConfig, Tls};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use crate::ground::number;

const ENCRYPTED: &str = "SELECT ssl::INT::BIGINT FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// Whether a connection is encrypted; none when it is refused.
async fn open(url: &str, tls: Tls, ca_file: &Path) -> Option<bool> {
    let config = DatabaseConfig {
        readers: 1,
        writers: 1,
        acquire_timeout_ms: 2_000,
        tls,
        ca_file: ca_file.to_owned(),
        ..DatabaseConfig::at(url)
    };
    let database = Database::connect(&config, Clock::system()).await.ok()?;
    let encrypted = number(database.read(), ENCRYPTED).await.unwrap();
    database.close().await.unwrap();
    Some(encrypted == 1)
}

#[tokio::test]
async fn encrypts_and_checks_the_server() {
    let (Some(url), Some(ca)) = (
        testkit::server("EMPORIUM_TEST_POSTGRES_TLS"),
        testkit::server("EMPORIUM_TEST_TLS_CA"),
    ) else {
        return;
    };
    let plain = url.split('?').next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (trusted, stranger) = (Path::new(&ca), folder.path().join("stranger.pem"));
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let other = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    std::fs::write(&stranger, other.pem()).unwrap();
    for (tls, ca_file, expected) in [
        (Tls::VerifyFull, trusted, Some(true)),
        (Tls::VerifyCa, trusted, Some(true)),
        (Tls::Require, Path::new(""), Some(true)),
        // A certificate to check by is there to be used.
        (Tls::Url, trusted, Some(true)),
        (Tls::Disable, Path::new(""), Some(false)),
        (Tls::VerifyFull, stranger.as_path(), None),
        (Tls::VerifyCa, stranger.as_path(), None),
        (Tls::Url, stranger.as_path(), None),
        // No public authority has signed it.
        (Tls::VerifyFull, Path::new(""), None),
    ] {
        let opened = open(plain, tls, ca_file).await;
        assert_eq!(opened, expected, "{tls:?} {}", ca_file.display());
    }
}
