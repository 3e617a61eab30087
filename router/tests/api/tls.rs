//! TLS to clients.

use std::{sync::Arc, time::Duration};

use futures::{SinkExt as _, StreamExt as _};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use crate::shop::{BOTH, Shop};

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, made: &CertifiedKey<KeyPair>) {
        std::fs::write(self.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
        std::fs::write(self.path("chain.pem"), made.cert.pem()).unwrap();
    }
}

fn made() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap()
}

async fn open(made: &CertifiedKey<KeyPair>) -> (Files, Shop) {
    let files = Files {
        folder: tempfile::tempdir().unwrap(),
    };
    files.write(made);
    let shop = Shop::with(BOTH[0], |config| {
        config.tls_certificate_file = files.path("chain.pem");
        config.tls_key_file = files.path("key.pem");
    })
    .await;
    (files, shop)
}

fn trusting(made: &CertifiedKey<KeyPair>) -> reqwest::Client {
    reqwest::Client::builder()
        .add_root_certificate(reqwest::Certificate::from_der(made.cert.der()).unwrap())
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

async fn ask(shop: &Shop, client: &reqwest::Client) -> reqwest::Result<reqwest::Response> {
    let url = format!("https://localhost:{}/graphql", shop.address.port());
    let query = json!({ "query": "{ newestReview { number } }" });
    client.post(url).json(&query).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_and_websockets_over_tls() {
    let made = made();
    let (_files, shop) = open(&made).await;
    let response = ask(&shop, &trusting(&made)).await.unwrap();
    assert_eq!(
        response.headers()["strict-transport-security"],
        "max-age=31536000"
    );
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["data"]["newestReview"]["number"], 1);
    assert!(
        ask(&shop, &shop.http).await.is_err(),
        "nobody vouches for it"
    );
    let plain = shop.http.get(shop.url("/health/live")).send().await;
    assert!(plain.is_err(), "nothing goes in the clear");

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(shop.address).await.unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
        .unwrap();
    let mut request = "wss://localhost/graphql".into_client_request().unwrap();
    request.headers_mut().insert(
        "sec-websocket-protocol",
        "graphql-transport-ws".parse().unwrap(),
    );
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    for say in [
        json!({ "type": "connection_init" }),
        json!({ "id": "1", "type": "subscribe", "payload": { "query": "subscription { reviewed(count: 1) { number } }" } }),
    ] {
        socket.send(Message::text(say.to_string())).await.unwrap();
    }
    let mut heard = Vec::new();
    while heard
        .last()
        .is_none_or(|last: &Value| last["type"] != "complete")
    {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await;
        if let Message::Text(text) = message.unwrap().unwrap().unwrap() {
            heard.push(serde_json::from_str(&text).unwrap());
        }
    }
    assert_eq!(heard[1]["payload"]["data"]["reviewed"]["number"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_without_a_restart_and_nonsense_is_not() {
    let (first, second) = (made(), made());
    let (files, shop) = open(&first).await;
    std::fs::write(files.path("chain.pem"), "nonsense").unwrap();
    ask(&shop, &trusting(&first)).await.unwrap();
    files.write(&second);
    shown(&shop, &second).await;
    assert!(ask(&shop, &trusting(&first)).await.is_err());

    // A hangup, which would end a process that does not listen to it.
    let third = made();
    files.write(&third);
    let own = std::process::id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-HUP", &own])
        .status();
    assert!(sent.unwrap().success());
    shown(&shop, &third).await;
}

/// Waits until clients see this certificate.
async fn shown(shop: &Shop, made: &CertifiedKey<KeyPair>) {
    let client = trusting(made);
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while ask(shop, &client).await.is_err() {
        assert!(std::time::Instant::now() < deadline, "not renewed");
        // Polled until the files were looked at.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_fit_is_refused_at_start() {
    let files = Files {
        folder: tempfile::tempdir().unwrap(),
    };
    files.write(&made());
    std::fs::write(files.path("key.pem"), made().signing_key.serialize_pem()).unwrap();
    let set = |chain: String, key: String| {
        Shop::refused_with(move |config| {
            config.tls_certificate_file = chain;
            config.tls_key_file = key;
        })
    };
    let said = set(files.path("chain.pem"), files.path("key.pem")).await;
    assert!(
        said.contains("does not belong to the certificate"),
        "{said}"
    );
    let said = set(files.path("chain.pem"), String::new()).await;
    assert!(said.contains("together or not at all"), "{said}");
    let said = set(files.path("missing.pem"), files.path("key.pem")).await;
    assert!(said.contains("cannot read"), "{said}");
}
