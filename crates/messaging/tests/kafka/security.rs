//! TLS and passwords.

use std::fs;

use messaging::{
    KafkaConfig,
    kafka::{Password, SaslMechanism, Topics},
};

use crate::toy::*;

/// The cluster's port with TLS and passwords.
fn secured() -> Option<KafkaConfig> {
    let brokers = testkit::server("EMPORIUM_TEST_KAFKA_TLS")?;
    Some(KafkaConfig {
        tls: true,
        ca_file: testkit::server("EMPORIUM_TEST_TLS_CA")?,
        sasl_mechanism: SaslMechanism::ScramSha512,
        username: testkit::server("EMPORIUM_TEST_KAFKA_TLS_USERNAME")?,
        password: Password::from(testkit::server("EMPORIUM_TEST_KAFKA_TLS_PASSWORD")?.as_str()),
        ..own(&brokers)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn events_travel_encrypted_between_those_who_know_the_password() {
    let Some(config) = secured() else { return };
    let toy = Toy::new(config.clone()).await;
    let (relay, member) = (toy.relay(), toy.member());
    let ids = aggregates(10);
    toy.announce(&round(&ids, 1)).await;
    toy.until_effects(10).await;
    toy.assert_once_in_order(&ids, 1).await;
    member.stop().await;
    relay.stop().await;

    let plain = KafkaConfig {
        sasl_mechanism: SaslMechanism::Plain,
        ..config.clone()
    };
    Topics::new(&plain).unwrap().describe().await.unwrap();
    if let Some(brokers) = testkit::server("EMPORIUM_TEST_KAFKA") {
        toy.end_at(&brokers).await;
    }
}

#[tokio::test]
async fn a_wrong_password_or_authority_is_refused_and_never_told() {
    let Some(config) = secured() else { return };
    let folder = tempfile::TempDir::new().unwrap();
    let stranger = folder.path().join("ca.pem");
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            "/CN=Stranger",
        ])
        .args(["-keyout", "/dev/null", "-out"])
        .arg(&stranger)
        .output()
        .unwrap();
    assert!(made.status.success() && fs::exists(&stranger).unwrap());
    let wrong_password = KafkaConfig {
        password: Password::from("not-this-one"),
        ..config.clone()
    };
    let wrong_authority = KafkaConfig {
        ca_file: stranger.display().to_string(),
        ..config.clone()
    };
    let unencrypted = KafkaConfig {
        tls: false,
        ca_file: String::new(),
        ..config
    };
    for wrong in [wrong_password, wrong_authority, unencrypted] {
        let refused = Topics::new(&wrong)
            .unwrap()
            .describe()
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("kafka"), "{refused}");
        assert!(
            !refused.contains("not-this-one") && !format!("{wrong:?}").contains("not-this-one")
        );
    }
}
