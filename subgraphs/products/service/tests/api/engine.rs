//! The search engines that the same tests run on.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use clock::Clock;
use serving::config::Settings;

/// A search engine, with an index for one test alone.
pub(crate) enum Engine {
    Tantivy,
    Elasticsearch { url: String, index: String },
}

impl Engine {
    /// The real server, if there is one.
    pub(crate) fn elasticsearch() -> Option<Self> {
        let url = testkit::server("EMPORIUM_TEST_ELASTICSEARCH")?;
        let index = format!("test-{}", Clock::system().id().simple());
        Some(Self::Elasticsearch { url, index })
    }

    /// Settings with which products searches there.
    pub(crate) fn settings(&self) -> Settings {
        match self {
            Self::Tantivy => Settings::default(),
            Self::Elasticsearch { url, index } => Settings::default()
                .with("products", "elasticsearch_url", url.as_str())
                .with("products", "elasticsearch_index", index.as_str())
                // A search that is slow on a busy machine is not one that fails.
                .with("products", "elasticsearch_timeout_ms", 30_000),
        }
    }

    /// The numbers of the indices that are there, and which of them is in use.
    pub(crate) fn indices(&self) -> Vec<(u64, bool)> {
        let Self::Elasticsearch { url, index } = self else {
            return Vec::new();
        };
        let answer = ask(url, "GET", &format!("/{index}-v*/_alias"), "");
        let found: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let mut found: Vec<(u64, bool)> = found
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, about)| {
                let (_, number) = name.rsplit_once("-v").unwrap();
                let in_use = about["aliases"].get(index).is_some();
                (number.parse().unwrap(), in_use)
            })
            .collect();
        found.sort_unstable();
        found
    }

    /// Makes an index as one leaves it who was killed while building.
    pub(crate) fn leave_behind(&self, number: u64) {
        if let Self::Elasticsearch { url, index } = self {
            let name = format!("{index}-v{number}");
            let aliases = format!(r#"{{"aliases":{{"{name}-write":{{}}}}}}"#);
            ask(url, "PUT", &format!("/{name}"), &aliases);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let numbers = self.indices();
        if let Self::Elasticsearch { url, index } = self {
            for (number, _) in numbers {
                ask(url, "DELETE", &format!("/{index}-v{number}"), "");
            }
        }
    }
}

/// The body of the server's answer.
fn ask(url: &str, method: &str, path: &str, body: &str) -> String {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Makes each of these functions, which take an engine, a test on every engine.
macro_rules! on_each_engine {
    ($($name:ident),+ $(,)?) => {
        mod tantivy {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::engine::Engine::Tantivy).await;
                }
            )+
        }

        mod elasticsearch {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(engine) = crate::engine::Engine::elasticsearch() {
                        super::$name(engine).await;
                    }
                }
            )+
        }
    };
}
pub(crate) use on_each_engine;
