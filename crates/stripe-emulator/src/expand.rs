use bytes::Bytes;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::methods::TestMethod;
use crate::store::{self, Table};

const EXPANDABLE: [&str; 5] = [
    "latest_charge",
    "payment_method",
    "payment_intent",
    "charge",
    "refunds",
];
const MAX_DEPTH: usize = 4;

/// Refuses paths that name nothing expandable, before anything is executed.
/// <https://docs.stripe.com/api/expanding_objects>
pub(crate) fn check(paths: &[String], list: bool) -> Result<(), ApiError> {
    for path in paths {
        let inner = if list {
            path.strip_prefix("data.")
        } else {
            Some(path.as_str())
        };
        let segments: Vec<&str> = inner.unwrap_or_default().split('.').collect();
        if segments.len() > MAX_DEPTH {
            return Err(
                ApiError::invalid("You cannot expand more than 4 levels of a property.")
                    .param("expand"),
            );
        }
        if paths.len() > 20 || !segments.iter().all(|segment| EXPANDABLE.contains(segment)) {
            return Err(ApiError::invalid(format!(
                "This property cannot be expanded ({path:.80})."
            ))
            .param("expand"));
        }
    }
    Ok(())
}

/// Expands the given paths of a JSON body.
pub(crate) fn body(conn: &Connection, body: &Bytes, paths: &[String]) -> rusqlite::Result<Bytes> {
    let mut value: Value = store::decode(body)?;
    for path in paths {
        match value.get_mut("data").and_then(Value::as_array_mut) {
            Some(items) => {
                let inner = path.strip_prefix("data.").unwrap_or(path);
                for item in items {
                    along(conn, item, inner)?;
                }
            }
            None => along(conn, &mut value, path)?,
        }
    }
    Ok(value.to_string().into())
}

fn along(conn: &Connection, root: &mut Value, path: &str) -> rusqlite::Result<()> {
    let mut at = root;
    for segment in path.split('.') {
        let id = at
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let Some(object) = at.as_object_mut() else {
            return Ok(());
        };
        if segment == "refunds" && id.starts_with("ch_") && !object.contains_key("refunds") {
            let refunds = refunds_of(conn, &id)?;
            object.insert(segment.to_owned(), refunds);
        }
        let Some(next) = object.get_mut(segment) else {
            return Ok(());
        };
        if let Some(id) = next.as_str()
            && let Some(found) = find(conn, id)?
        {
            *next = found;
        }
        at = next;
    }
    Ok(())
}

fn find(conn: &Connection, id: &str) -> rusqlite::Result<Option<Value>> {
    let table = match id.split_once('_').map(|(prefix, _)| prefix) {
        Some("pi") => Table::Intents,
        Some("ch") => Table::Charges,
        Some("re") => Table::Refunds,
        Some("pm") => return Ok(TestMethod::find(id).map(TestMethod::value)),
        _ => return Ok(None),
    };
    store::load(conn, table, id)
}

fn refunds_of(conn: &Connection, charge: &str) -> rusqlite::Result<Value> {
    let documents: Vec<String> = conn
        .prepare_cached("SELECT doc FROM refunds WHERE charge = ? ORDER BY seq DESC LIMIT 11")?
        .query_map([charge], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let data: Vec<Value> = documents
        .iter()
        .take(10)
        .filter_map(|document| serde_json::from_str(document).ok())
        .collect();
    Ok(json!({
        "object": "list",
        "data": data,
        "has_more": documents.len() > 10,
        "url": format!("/v1/charges/{charge}/refunds"),
    }))
}
