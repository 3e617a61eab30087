//! The connection is encrypted and the server is who it says.

use clock::Clock;
use database::{Database, DatabaseConfig, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::ground::{Ground, number};

const ENCRYPTED: &str = "SELECT ssl::INT::BIGINT FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes a file beside the server's data, as the server, readable by the server alone.
async fn put(admin: &DatabaseConnection, name: &str, pem: &str) {
    let copy = format!(
        "COPY (SELECT unnest(string_to_array('{}', E'\\n'))) TO PROGRAM 'umask 077; cat > {name}'",
        pem.trim()
    );
    admin.execute_unprepared(&copy).await.unwrap();
}

/// Changes the server's settings; those without a value become what the server was started with.
async fn set(admin: &DatabaseConnection, settings: &[(&str, Option<&str>)]) {
    for (name, value) in settings {
        let set = match value {
            Some(value) => format!("ALTER SYSTEM SET {name} = '{value}'"),
            None => format!("ALTER SYSTEM RESET {name}"),
        };
        admin.execute_unprepared(&set).await.unwrap();
    }
    let reload = Statement::from_string(admin.get_database_backend(), "SELECT pg_reload_conf()");
    admin.query_one_raw(reload).await.unwrap();
}

async fn open(config: &DatabaseConfig) -> Option<bool> {
    let database = Database::connect(config, Clock::system()).await.ok()?;
    let encrypted = number(database.read(), ENCRYPTED).await.unwrap();
    Some(encrypted == 1)
}

/// The server of the tests is given a certificate for `localhost` for as long as this takes.
#[tokio::test]
async fn encrypts_and_checks_the_server() {
    let Some(ground) = Ground::open(|config| {
        config.readers = 1;
        config.writers = 1;
        config.acquire_timeout_ms = 1_000;
    })
    .await
    else {
        return;
    };
    let (ours, stranger) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &ours)
        .unwrap();
    put(&ground.admin, "emporium_test.crt", &certificate.pem()).await;
    put(&ground.admin, "emporium_test.key", &key.serialize_pem()).await;
    let on = [
        ("ssl_cert_file", Some("emporium_test.crt")),
        ("ssl_key_file", Some("emporium_test.key")),
        ("ssl", Some("on")),
    ];
    set(&ground.admin, &on).await;
    let folder = tempfile::tempdir().unwrap();
    let (trusted, other) = (
        folder.path().join("ca.pem"),
        folder.path().join("other.pem"),
    );
    std::fs::write(&trusted, ours.pem()).unwrap();
    std::fs::write(&other, stranger.pem()).unwrap();

    let by_name = ground.config.url.replace("127.0.0.1", "localhost");
    let with = |url: &str, tls, ca_file: &std::path::Path| DatabaseConfig {
        url: url.to_owned(),
        tls,
        ca_file: ca_file.to_owned(),
        ..ground.config.clone()
    };
    testkit::until("the server to take its certificate", || async {
        let require = with(&by_name, Tls::Require, &trusted);
        (open(&require).await == Some(true)).then_some(())
    })
    .await;
    let by_address = &ground.config.url;
    let outcomes = [
        (with(&by_name, Tls::VerifyFull, &trusted), Some(true)),
        (with(&by_name, Tls::Url, &trusted), Some(true)),
        (with(by_address, Tls::VerifyCa, &trusted), Some(true)),
        (with(by_address, Tls::Disable, "".as_ref()), Some(false)),
        // The certificate names another host, or somebody else has signed it.
        (with(by_address, Tls::VerifyFull, &trusted), None),
        (with(&by_name, Tls::VerifyFull, &other), None),
        (with(&by_name, Tls::VerifyCa, &other), None),
    ];
    let mut opened = Vec::new();
    for (config, _) in &outcomes {
        opened.push(open(config).await);
    }
    set(&ground.admin, &on.map(|(name, _)| (name, None))).await;
    for ((config, expected), opened) in outcomes.iter().zip(opened) {
        assert_eq!(opened, *expected, "{config:?} {}", config.ca_file.display());
    }
}
