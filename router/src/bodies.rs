//! Reads request bodies, within bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use fault::{Code, Fault};
use futures::StreamExt as _;
use hive_router::{
    http::header::CONTENT_LENGTH,
    ntex::{
        http::{HeaderMap, error::PayloadError},
        time::timeout,
        util::Bytes as Chunk,
        web::types::Payload,
    },
};

use crate::door::text;

/// How deep JSON may nest in a request. hive-router's parser knows no bound and would overflow the stack.
const NESTING: usize = 100;

/// What is read, and dropped, of a body that is refused for its size. Most clients read no answer before they have sent
/// all; a connection that is closed before that is reset, and the refusal is lost with it.
const COURTESY: usize = 64 * 1024 * 1024;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The whole body, unless it is larger than allowed.
pub(crate) async fn whole(
    headers: &HeaderMap,
    mut payload: Payload,
    most: usize,
) -> Result<Bytes, Fault> {
    let announced: Option<usize> =
        text(headers, CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok());
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(most));
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(payload, most).await);
    }
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Fault::invalid("the body broke off"))?;
        if body.len() + chunk.len() > most {
            return Err(too_large(payload, most).await);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

async fn too_large(mut payload: Payload, most: usize) -> Fault {
    let drop_rest = async {
        let mut read = 0;
        while let Some(Ok(chunk)) = payload.next().await {
            read += chunk.len();
            if read > COURTESY {
                break;
            }
        }
    };
    // Whether it ended or not, the answer is the same.
    let _ = timeout(PATIENCE, drop_rest).await;
    Fault::new(
        Code::TooLarge,
        format!("the body is larger than {most} bytes"),
    )
}

/// A body that was read, as one that is still to be read.
pub(crate) fn again(body: &[u8]) -> Payload {
    let chunk: Result<Chunk, PayloadError> = Ok(Chunk::copy_from_slice(body));
    let chunks = futures::stream::iter((!body.is_empty()).then_some(chunk));
    Payload(hive_router::ntex::http::Payload::Stream(Box::pin(chunks)))
}

/// Refuses JSON that nests too deep, in a body or in the parameters of a URL.
pub(crate) fn shallow(body: &[u8], parameters: &str) -> Result<(), Fault> {
    if nesting(body) > NESTING || nesting_in_url(parameters.as_bytes()) > NESTING {
        return Err(Fault::invalid(format!(
            "the JSON nests deeper than {NESTING}"
        )));
    }
    Ok(())
}

/// The deepest nesting of arrays and objects; brackets in strings do not count.
fn nesting(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut quoted, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The same of a query string, brackets in strings included: a document there is not that deep either.
fn nesting_in_url(parameters: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut rest = parameters;
    while let Some((first, tail)) = rest.split_first() {
        let (opens, closes, used) = match (first, tail) {
            (b'%', [b'5' | b'7', b'b' | b'B', ..]) => (true, false, 3),
            (b'%', [b'5' | b'7', b'd' | b'D', ..]) => (false, true, 3),
            (b'[' | b'{', _) => (true, false, 1),
            (b']' | b'}', _) => (false, true, 1),
            _ => (false, false, 1),
        };
        if opens {
            depth += 1;
            deepest = deepest.max(depth);
        } else if closes {
            depth = depth.saturating_sub(1);
        }
        rest = rest.get(used..).unwrap_or_default();
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_of_strings() {
        assert_eq!(nesting(b""), 0);
        assert_eq!(nesting(br#"{"a":[1,{"b":2}],"c":{}}"#), 3);
        assert_eq!(nesting(br#"{"query":"{{{{[[[[\"{{{{"}"#), 1);
        assert_eq!(nesting(br#"{"a":"\\","b":[[]]}"#), 3);
        assert_eq!(nesting(b"]]]]}}}}"), 0);
        assert_eq!(nesting(&vec![b'['; 100_000]), 100_000);
    }

    #[test]
    fn what_nests_too_deep_is_refused() {
        let deep = [b'['; NESTING + 1];
        assert!(shallow(&deep[1..], "").is_ok());
        assert!(shallow(&deep, "").is_err());
        let url = |opener: &str| format!("variables={}", opener.repeat(NESTING + 1));
        for opener in ["[", "{", "%5B", "%5b", "%7B", "%7b"] {
            assert!(shallow(b"", &url(opener)).is_err(), "{opener}");
        }
        assert!(shallow(b"", &"[]".repeat(1_000)).is_ok());
        assert!(shallow(b"", "query=%7Bme%7Bid%7D%7D&variables=%").is_ok());
    }
}
