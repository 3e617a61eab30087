use std::fmt::Write;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use rusqlite::Connection;

use crate::emulator::Shared;
use crate::objects::{PaymentIntent, Status};
use crate::store::{self, Table};
use crate::writer::Work;

/// The bank's page of 3-D Secure: `GET /3ds/{intent}` shows it, `POST /3ds/{intent}/complete` and
/// `/fail` are its buttons. A caller that does not want HTML gets the PaymentIntent as JSON.
pub(crate) async fn answer(shared: &Shared, parts: &Parts) -> Response<Full<Bytes>> {
    let segments: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
    match (&parts.method, segments.as_slice()) {
        (&Method::GET, ["3ds", id]) => show(shared, id).await,
        (&Method::POST, ["3ds", id, "complete"]) => decide(shared, parts, id, true).await,
        (&Method::POST, ["3ds", id, "fail"]) => decide(shared, parts, id, false).await,
        _ => page(StatusCode::NOT_FOUND, "There is no such page."),
    }
}

async fn intent(shared: &Shared, id: &str) -> Option<PaymentIntent> {
    let read = |conn: &Connection| store::load(conn, Table::Intents, id);
    shared.store.readers.read(read).await.ok()?
}

async fn show(shared: &Shared, id: &str) -> Response<Full<Bytes>> {
    let Some(intent) = intent(shared, id).await else {
        return page(StatusCode::NOT_FOUND, "There is no such payment.");
    };
    if intent.status != Status::RequiresAction {
        return page(StatusCode::OK, "This payment awaits no authentication.");
    }
    // The id is our own, letters and digits only, as is the currency.
    let form = format!(
        "<p>A payment of {} {} (in the smallest unit) asks for your approval.</p>\
         <form method=post><button formaction=\"/3ds/{id}/complete\">Complete authentication</button> \
         <button formaction=\"/3ds/{id}/fail\">Fail authentication</button></form>",
        intent.amount,
        intent.currency.to_uppercase(),
        id = intent.id,
    );
    page(StatusCode::OK, &form)
}

async fn decide(
    shared: &Shared,
    parts: &Parts,
    id: &str,
    completed: bool,
) -> Response<Full<Bytes>> {
    let before = intent(shared, id).await;
    let work = Work::Authenticate {
        intent: id.to_owned(),
        completed,
    };
    let (status, body) = match shared.store.write(work).await {
        Ok(answer) => (answer.status, answer.body),
        Err(error) => (error.status, error.body().into()),
    };
    let html = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !html {
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        return response;
    }
    if !status.is_success() {
        return page(status, "This payment awaits no authentication.");
    }
    let after: Option<PaymentIntent> = serde_json::from_slice(&body).ok();
    let succeeded = after.is_some_and(|intent| intent.status == Status::Succeeded);
    if let Some(back) = before.as_ref().and_then(|intent| back(intent, succeeded)) {
        let mut response = page(
            StatusCode::SEE_OTHER,
            "You are on your way back to the shop.",
        );
        response.headers_mut().insert(header::LOCATION, back);
        return response;
    }
    page(
        StatusCode::OK,
        if succeeded {
            "The payment succeeded."
        } else {
            "The payment was not approved."
        },
    )
}

/// The shop's return URL, with what Stripe appends to it.
fn back(intent: &PaymentIntent, succeeded: bool) -> Option<HeaderValue> {
    let url = intent
        .next_action
        .as_ref()?
        .pointer("/redirect_to_url/return_url")?
        .as_str()?;
    let mut back = url.to_owned();
    let separator = if url.contains('?') { '&' } else { '?' };
    let outcome = if succeeded { "succeeded" } else { "failed" };
    let _ = write!(
        back,
        "{separator}payment_intent={}&payment_intent_client_secret={}&redirect_status={outcome}",
        intent.id, intent.client_secret
    );
    HeaderValue::from_str(&back).ok()
}

fn page(status: StatusCode, content: &str) -> Response<Full<Bytes>> {
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>3-D Secure (emulated)</title><style>body{{font:16px/1.5 system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}}\
         button{{font:inherit;padding:.5rem 1rem;margin-right:.5rem}}</style>\
         <h1>Your bank (emulated)</h1>{content}"
    );
    let mut response = Response::new(Full::new(html.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *",
        ),
    );
    response
}
