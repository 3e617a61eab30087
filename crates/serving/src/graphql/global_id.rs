//! Opaque ids that know their type: a product's id is refused where an order's is wanted.

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fault::Fault;
use uuid::Uuid;

/// The id of the `kind` (a GraphQL type name) with this key.
pub fn encode(kind: &str, key: Uuid) -> ID {
    let mut bytes = Vec::with_capacity(kind.len() + 17);
    bytes.extend_from_slice(kind.as_bytes());
    bytes.push(b':');
    bytes.extend_from_slice(key.as_bytes());
    ID(URL_SAFE_NO_PAD.encode(bytes))
}

/// The key inside an id of a `kind`. Anything else is the caller's error.
pub fn decode(kind: &str, id: &ID) -> Result<Uuid, Fault> {
    let wrong = || Fault::invalid(format!("`{}` is not the id of a {kind}", shorten(id)));
    let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).map_err(|_| wrong())?;
    let key = bytes
        .strip_prefix(kind.as_bytes())
        .and_then(|rest| rest.strip_prefix(b":"))
        .ok_or_else(wrong)?;
    Uuid::from_slice(key).map_err(|_| wrong())
}

fn shorten(id: &str) -> String {
    if id.chars().count() > 64 {
        format!("{}…", id.chars().take(64).collect::<String>())
    } else {
        id.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_good_for_its_own_type_alone() {
        let key = clock::Clock::system().id();
        let id = encode("Product", key);
        assert_eq!(decode("Product", &id).unwrap(), key);
        assert!(decode("Order", &id).is_err());
        assert!(decode("Product", &ID("☃".repeat(500))).is_err());
        assert!(decode("Product", &ID(String::new())).is_err());
    }
}
