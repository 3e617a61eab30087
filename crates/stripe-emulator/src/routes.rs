use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::access::{
    Caller, answer_has_secret, authorize, for_browser, secret_key_required, secret_mismatch,
    secret_missing,
};
use crate::emulator::Shared;
use crate::error::{ApiError, Stop};
use crate::idempotency::Key;
use crate::identifiers::mint;
use crate::intents::{self, Confirmation, IntentChanges, NewIntent};
use crate::methods::TestMethod;
use crate::objects::API_VERSION;
use crate::params::Params;
use crate::refunds::NewRefund;
use crate::server::Cut;
use crate::store::{self, Table};
use crate::writer::{Answer, Call, Command, Origin, Work};
use crate::{control, expand, form, lists, pages};

/// Stripe's own limits on metadata and texts stay far below this.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers one request of any kind.
pub(crate) async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if path.starts_with("/3ds/") {
        return Ok(pages::answer(shared, &parts).await);
    }
    if path.starts_with("/_emulator/") {
        return Ok(control::answer(shared, peer, &parts, body).await);
    }
    let request_id = mint("req_");
    let fate = shared.switches.fate(parts.method.as_str(), path);
    if !fate.latency.is_zero() {
        tokio::time::sleep(fate.latency).await;
    }
    let answer = if fate.fail_before {
        ApiError::internal().into()
    } else {
        match api(shared, &parts, body, &request_id, fate.fail_after).await {
            Ok(answer) => answer,
            Err(error) => error.into(),
        }
    };
    if fate.cut_after {
        return Err(Cut);
    }
    Ok(respond(&parts, answer, &request_id))
}

/// Reads a body within the limits of size and time.
pub(crate) async fn read(body: Incoming) -> Result<Bytes, ApiError> {
    let body = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY_BYTES).collect());
    match body.await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(ApiError::with_status(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The request body is too large.",
            ))
        }
        Ok(Err(_)) => Err(ApiError::invalid("The request body could not be read.")),
        Err(_) => Err(ApiError::with_status(
            StatusCode::REQUEST_TIMEOUT,
            "The request body did not arrive in time.",
        )),
    }
}

async fn api(
    shared: &Shared,
    parts: &Parts,
    body: Incoming,
    request_id: &str,
    fail_after: bool,
) -> Result<Answer, ApiError> {
    let caller = authorize(shared, &parts.headers)?;
    let path = parts.uri.path();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let query = parts.uri.query().unwrap_or_default();
    match parts.method {
        Method::POST => {
            let body = read(body).await?;
            let text = std::str::from_utf8(&body)
                .map_err(|_| ApiError::invalid("Invalid UTF-8 in the request's parameters."))?;
            let params = form::parse(text)?;
            let command = command(&segments, caller, Params(&params))
                .unwrap_or_else(|| Err(unknown_url(parts)))?;
            let expand = Params(&params).texts("expand")?;
            expand::check(&expand, false)?;
            let key = match parts.headers.get("idempotency-key") {
                None => None,
                Some(key) => Some(Key::new(
                    &String::from_utf8_lossy(key.as_bytes()),
                    path,
                    text,
                )?),
            };
            let call = Call {
                command,
                origin: Origin {
                    request: Some(request_id.to_owned()),
                    key: key.as_ref().map(|key| key.name.clone()),
                },
                key,
                expand,
                fail_after,
            };
            let answer = execute(shared, call).await?;
            Ok(if caller == Caller::Browser {
                for_browser(answer)
            } else {
                answer
            })
        }
        Method::GET | Method::HEAD => {
            let params = form::parse(query)?;
            let found = lookup(shared, &segments, caller, &params, parts).await;
            let answer = found.map_err(|stop| match stop {
                Stop::Refused(error) => error,
                Stop::Broken(error) => {
                    tracing::error!(error = %error, "payment emulator could not read its state");
                    ApiError::internal()
                }
            })?;
            Ok(if fail_after {
                ApiError::internal().into()
            } else {
                answer
            })
        }
        _ => Err(unknown_url(parts)),
    }
}

async fn execute(shared: &Shared, call: Call) -> Result<Answer, ApiError> {
    let held = match &call.key {
        Some(key) => Some(shared.in_flight.hold(&key.name)?),
        None => None,
    };
    let answer = shared.store.write(Work::Call(Box::new(call))).await;
    drop(held);
    answer
}

/// The change that a POST asks for; none when the URL is not known.
fn command(
    segments: &[&str],
    caller: Caller,
    params: Params<'_>,
) -> Option<Result<Command, ApiError>> {
    let command = match segments {
        ["v1", "payment_intents", id, "confirm"] => Confirmation::parse(params)
            .and_then(|confirmation| match (caller, params.text("client_secret")?) {
                (Caller::Browser, None) => Err(secret_missing()),
                _ => Ok(confirmation),
            })
            .map(|confirmation| Command::ConfirmIntent((*id).to_owned(), Box::new(confirmation))),
        _ if caller == Caller::Browser => Err(secret_key_required()),
        ["v1", "payment_intents"] => {
            NewIntent::parse(params).map(|new| Command::CreateIntent(Box::new(new)))
        }
        ["v1", "payment_intents", id, "cancel"] => intents::cancellation(params)
            .map(|reason| Command::CancelIntent((*id).to_owned(), reason)),
        ["v1", "payment_intents", id] => IntentChanges::parse(params)
            .map(|changes| Command::UpdateIntent((*id).to_owned(), Box::new(changes))),
        ["v1", "refunds"] => {
            NewRefund::parse(params).map(|new| Command::CreateRefund(Box::new(new)))
        }
        ["v1", "payment_methods" | "tokens"] => Err(params.no_raw_card().err().unwrap_or_else(|| {
            ApiError::invalid(
                "The emulator makes no payment methods: use a test PaymentMethod such as pm_card_visa.",
            )
        })),
        _ => return None,
    };
    Some(command)
}

/// Answers a GET.
async fn lookup(
    shared: &Shared,
    segments: &[&str],
    caller: Caller,
    params: &Map<String, Value>,
    parts: &Parts,
) -> Result<Answer, Stop> {
    let params = Params(params);
    let paths = params.texts("expand")?;
    let (resource, id) = match segments {
        ["v1", resource] => (*resource, None),
        ["v1", resource, id] => (*resource, Some(*id)),
        _ => return Err(unknown_url(parts).into()),
    };
    if caller == Caller::Browser && (resource != "payment_intents" || id.is_none()) {
        return Err(secret_key_required().into());
    }
    if let ("payment_methods", Some(id)) = (resource, id) {
        params.only(&["expand"])?;
        let method = TestMethod::find(id)
            .ok_or_else(|| ApiError::missing("PaymentMethod", id, "payment_method"))?;
        return Ok(Answer::ok(method.value().to_string()));
    }
    let table = [
        Table::Intents,
        Table::Charges,
        Table::Refunds,
        Table::Events,
    ]
    .into_iter()
    .find(|table| table.name() == resource)
    .ok_or_else(|| unknown_url(parts))?;
    expand::check(&paths, id.is_none())?;
    let readers = &shared.store.readers;
    let Some(id) = id else {
        let params = params.0.clone();
        let read = move |conn: &Connection| {
            let page = lists::page(conn, table, Params(&params))?;
            expanded(conn, Answer::ok(page), &paths)
        };
        return readers.read_long(read).await;
    };
    params.only(&["expand", "client_secret"])?;
    let read = |conn: &Connection| {
        let param = if table == Table::Intents {
            "intent"
        } else {
            "id"
        };
        let document = store::document(conn, table, id)?
            .ok_or_else(|| ApiError::missing(table.object(), id, param))?;
        let mut answer = Answer::ok(document);
        if caller == Caller::Browser {
            let secret = params.required("client_secret")?;
            if !answer_has_secret(&answer, &secret) {
                return Err(secret_mismatch().into());
            }
            answer = for_browser(answer);
        }
        expanded(conn, answer, &paths)
    };
    readers.read(read).await
}

fn expanded(conn: &Connection, mut answer: Answer, paths: &[String]) -> Result<Answer, Stop> {
    if !paths.is_empty() {
        answer.body = expand::body(conn, &answer.body, paths)?;
    }
    Ok(answer)
}

fn unknown_url(parts: &Parts) -> ApiError {
    ApiError::with_status(
        StatusCode::NOT_FOUND,
        format!(
            "Unrecognized request URL ({}: {:.200}).",
            parts.method,
            parts.uri.path()
        ),
    )
}

fn respond(parts: &Parts, answer: Answer, request_id: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("content-type", "application/json");
    put("cache-control", "no-cache, no-store");
    put("access-control-allow-origin", "*");
    put("request-id", request_id);
    let version = parts
        .headers
        .get("stripe-version")
        .and_then(|version| version.to_str().ok());
    put("stripe-version", version.unwrap_or(API_VERSION));
    if let Some(key) = parts
        .headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
    {
        put("idempotency-key", key);
        put(
            "original-request",
            answer.replay_of.as_deref().unwrap_or(request_id),
        );
    }
    if answer.replay_of.is_some() {
        put("idempotent-replayed", "true");
    }
    match answer.status {
        StatusCode::CONFLICT => put("stripe-should-retry", "true"),
        StatusCode::UNAUTHORIZED => put("www-authenticate", "Bearer realm=\"Stripe\""),
        _ => {}
    }
    response
}
