//! Tells requests apart by all that their answers depend on.

use std::borrow::Cow;

use hive_router::{
    http::header::{ACCEPT, CONTENT_TYPE},
    ntex::http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use sha2::{Digest as _, Sha256};

use crate::door::text;

/// A hash of things that belong together.
pub(super) type Key = [u8; 32];

/// The longest `accept` header that is looked at.
const ACCEPTS: usize = 512;

/// What a request asks for.
pub(super) struct Asked {
    /// The document and which of its operations.
    pub(super) document: Key,
    /// That, the variables, and the form of the answer.
    pub(super) key: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'r> {
    #[serde(borrow)]
    query: Cow<'r, str>,
    #[serde(borrow, default, rename = "operationName")]
    operation_name: Option<Cow<'r, str>>,
    #[serde(borrow, default)]
    variables: Option<&'r RawValue>,
    #[serde(borrow, default)]
    extensions: Option<&'r RawValue>,
}

impl Asked {
    /// Nothing for requests of another form than single operations in JSON.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let json = text(headers, CONTENT_TYPE.as_str())
            .is_some_and(|kind| kind.trim_start().starts_with("application/json"));
        let accept = text(headers, ACCEPT.as_str()).unwrap_or_default();
        if !json || accept.len() > ACCEPTS {
            return None;
        }
        Self::of(accept, body)
    }

    fn of(accept: &str, body: &[u8]) -> Option<Self> {
        let envelope: Envelope<'_> = serde_json::from_slice(body).ok()?;
        if envelope
            .extensions
            .is_some_and(|given| !matches!(given.get(), "null" | "{}"))
        {
            return None;
        }
        let mut document = Sha256::new();
        part(&mut document, envelope.query.as_bytes());
        part(
            &mut document,
            envelope
                .operation_name
                .as_deref()
                .unwrap_or_default()
                .as_bytes(),
        );
        let document: Key = document.finalize().into();
        let mut key = Sha256::new();
        part(&mut key, &document);
        part(&mut key, accept.as_bytes());
        if let Some(variables) = envelope.variables {
            let variables: Value = serde_json::from_str(variables.get()).ok()?;
            match &variables {
                Value::Null => {}
                Value::Object(named) if named.is_empty() => {}
                Value::Object(_) => canonical(&mut key, &variables),
                _ => return None,
            }
        }
        Some(Self {
            document,
            key: key.finalize().into(),
        })
    }
}

/// With its length, so that no two lists of parts look alike.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(bytes.len().to_le_bytes());
    hash.update(bytes);
}

/// The same whatever order an object's members come in.
fn canonical(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_str());
            hash.update(b"{");
            hash.update(members.len().to_le_bytes());
            for (name, value) in members {
                part(hash, name.as_bytes());
                canonical(hash, value);
            }
        }
        Value::Array(items) => {
            hash.update(b"[");
            hash.update(items.len().to_le_bytes());
            for item in items {
                canonical(hash, item);
            }
        }
        leaf => {
            hash.update(b"=");
            part(hash, leaf.to_string().as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(body: &str) -> Option<Key> {
        Asked::of("*/*", body.as_bytes()).map(|asked| asked.key)
    }

    #[test]
    fn the_same_question_has_the_same_key() {
        let same = [
            r#"{"query":"{a}"}"#,
            r#"{"query":"{a}","variables":null,"extensions":{}}"#,
            r#"{ "variables": {}, "operationName": null, "query": "\u007ba}" }"#,
        ];
        for body in same {
            assert_eq!(key(body), key(same[0]), "{body}");
            assert!(key(body).is_some());
        }
        assert_eq!(
            key(r#"{"query":"q","variables":{"a":1,"b":{"c":[2],"d":null}}}"#),
            key(r#"{"query":"q","variables":{"b":{"d":null,"c":[2]},"a":1}}"#)
        );
    }

    #[test]
    fn another_question_has_another_key() {
        let different = [
            r#"{"query":"q"}"#,
            r#"{"query":"q","operationName":"A"}"#,
            r#"{"query":"q","variables":{"a":1}}"#,
            r#"{"query":"q","variables":{"a":"1"}}"#,
            r#"{"query":"q","variables":{"a":null}}"#,
            r#"{"query":"q","variables":{"a":[1,[2]]}}"#,
            r#"{"query":"q","variables":{"a":[[1],2]}}"#,
            r#"{"query":"q","variables":{"a":{"b":1}}}"#,
            r#"{"query":"q","variables":{"a":{},"b":1}}"#,
        ];
        for (n, one) in different.iter().enumerate() {
            for other in &different[n + 1..] {
                assert_ne!(key(one), key(other), "{one} and {other}");
            }
        }
        let body = br#"{"query":"q"}"#;
        let with = |accept| Asked::of(accept, body).unwrap();
        assert_ne!(with("a").key, with("b").key);
        assert_eq!(with("a").document, with("b").document);
    }

    #[test]
    fn other_forms_are_left_alone() {
        for body in [
            "",
            "[]",
            r#"[{"query":"q"}]"#,
            r#"{"variables":{}}"#,
            r#"{"query":"q","id":"x"}"#,
            r#"{"query":"q","query":"r"}"#,
            r#"{"query":"q","variables":[]}"#,
            r#"{"query":"q","extensions":{"persistedQuery":{}}}"#,
        ] {
            assert!(key(body).is_none(), "{body}");
        }
    }
}
