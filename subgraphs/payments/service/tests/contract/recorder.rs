//! Stands between payments and the provider and notes what payments sends.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderName, Request, StatusCode, header},
    response::Response,
};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::net::TcpListener;

/// Method, path with ids as `{id}`, and names of the parameters in order.
pub(crate) type Sent = (String, String, Vec<String>);

/// Notes requests on their way to a provider.
pub(crate) struct Recorder {
    pub(crate) url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

struct Way {
    to: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl Recorder {
    pub(crate) async fn before(to: &str) -> Self {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let way = Arc::new(Way {
            to: to.to_owned(),
            sent: Arc::clone(&sent),
            http: Client::builder(TokioExecutor::new()).build_http(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(pass_on).with_state(way);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, sent }
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

/// A path with `{id}` in place of each id and each name of one.
pub(crate) fn shape(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            part if part.starts_with('{') || part.starts_with("pi_") => "{id}",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

async fn pass_on(State(way): State<Arc<Way>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let form = if body.is_empty() {
        query.clone()
    } else {
        String::from_utf8(body.to_vec()).unwrap()
    };
    let mut names: Vec<String> = form
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, _)| name.replace("%5B", "[").replace("%5D", "]"))
        .collect();
    names.sort();
    way.sent
        .lock()
        .unwrap()
        .push((parts.method.to_string(), shape(&path), names));
    let mark = if query.is_empty() { "" } else { "?" };
    let mut request = Request::builder()
        .method(parts.method)
        .uri(format!("{}{path}{mark}{query}", way.to));
    let passed: [HeaderName; 2] = [header::AUTHORIZATION, header::CONTENT_TYPE];
    for name in passed {
        if let Some(value) = parts.headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let request = request.body(Full::new(body)).unwrap();
    let answer = way.http.request(request).await.unwrap();
    let status: StatusCode = answer.status();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    Response::builder()
        .status(status)
        .body(Body::from(bytes))
        .unwrap()
}
