use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::error::ApiError;

const MAX_PAIRS: usize = 1_000;
const MAX_DEPTH: usize = 8;

/// Reads a form or a query string with Stripe's brackets into a tree of objects, lists and texts:
/// `metadata[order_id]=1&expand[]=a&expand[1]=b`. A list may be written with empty or numeric
/// brackets; numbers only order by their appearance.
pub(crate) fn parse(text: &str) -> Result<Map<String, Value>, ApiError> {
    let mut root = Map::new();
    for (count, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if count >= MAX_PAIRS {
            return Err(ApiError::invalid("Too many parameters."));
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (decode(key)?, decode(value)?);
        let path = brackets(&key)?;
        let Some((first, rest)) = path.split_first() else {
            continue;
        };
        insert(&mut root, first, rest, value.into_owned(), &key)?;
    }
    Ok(root)
}

fn brackets(key: &str) -> Result<Vec<&str>, ApiError> {
    let Some(open) = key.find('[') else {
        return Ok(vec![key]);
    };
    let malformed = || ApiError::invalid(format!("Invalid parameter name: {key}"));
    let mut path = vec![&key[..open]];
    let mut rest = &key[open..];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').ok_or_else(malformed)?;
        let close = inner.find(']').ok_or_else(malformed)?;
        path.push(&inner[..close]);
        rest = &inner[close + 1..];
    }
    if path.len() > MAX_DEPTH {
        return Err(malformed());
    }
    Ok(path)
}

fn is_index(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn insert(
    map: &mut Map<String, Value>,
    first: &str,
    rest: &[&str],
    value: String,
    key: &str,
) -> Result<(), ApiError> {
    let mismatch = || ApiError::invalid(format!("Invalid use of parameter: {key}"));
    match rest {
        [] => {
            if map.insert(first.to_owned(), Value::String(value)).is_some() {
                return Err(ApiError::invalid(format!("Parameter given twice: {key}")));
            }
            Ok(())
        }
        // Metadata keys may be digits, so only a trailing empty or numeric bracket outside of
        // metadata makes a list.
        [segment] if is_index(segment) && (segment.is_empty() || first != "metadata") => {
            let list = map.entry(first).or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut()
                .ok_or_else(mismatch)?
                .push(Value::String(value));
            Ok(())
        }
        [segment, deeper @ ..] => {
            let inner = map
                .entry(first)
                .or_insert_with(|| Value::Object(Map::new()));
            let inner = inner.as_object_mut().ok_or_else(mismatch)?;
            insert(inner, segment, deeper, value, key)
        }
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, ApiError> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                let digits = char::from(*high)
                    .to_digit(16)
                    .zip(char::from(*low).to_digit(16));
                match digits.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
                    Some(decoded) => {
                        bytes.push(decoded);
                        rest = after;
                    }
                    None => bytes.push(b'%'),
                }
            }
            (byte, _) => bytes.push(byte),
        }
    }
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| ApiError::invalid("Invalid UTF-8 in the request's parameters."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_brackets_become_a_tree() {
        let tree = parse(
            "amount=5&metadata[order_id]=a+b&metadata%5B1%5D=%26&expand[]=x&expand[1]=y&automatic_payment_methods[enabled]=true",
        );
        assert_eq!(
            Value::Object(tree.unwrap_or_default()),
            json!({
                "amount": "5",
                "metadata": {"order_id": "a b", "1": "&"},
                "expand": ["x", "y"],
                "automatic_payment_methods": {"enabled": "true"},
            })
        );
    }

    #[test]
    fn malformed_input_is_refused_and_never_panics() {
        let deep = format!("a{}=1", "[b]".repeat(40));
        let many = "a[]=1&".repeat(2_000);
        for bad in [
            "a[b=1",
            "a[b]c=1",
            "a=1&a=2",
            "a=1&a[b]=2",
            "a=%ff%fe",
            &deep,
            &many,
        ] {
            assert!(parse(bad).is_err(), "{bad:.40}");
        }
        for odd in ["", "&&&", "=", "%", "a=%", "a=%4", "a=%zz", "[]=1", "é=ü"] {
            assert!(parse(odd).is_ok(), "{odd}");
        }
    }
}
