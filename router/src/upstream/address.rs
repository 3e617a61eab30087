//! The address of a replica, as settings give it.

use std::net::{IpAddr, SocketAddr};

use hive_router::http::Uri;

use crate::RouterError;

/// A host and port, such as `orders:4103`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) authority: String,
    host: String,
    port: u16,
}

impl Site {
    /// Reads `http://host:port`, with or without `/graphql`.
    pub(crate) fn parse(url: &str) -> Result<Self, RouterError> {
        let wrong = |why: &str| {
            RouterError::Setting(format!(
                "`{url}` in `router.subgraphs` {why}; write it as http://host:port"
            ))
        };
        let uri: Uri = url.parse().map_err(|_| wrong("is no URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(wrong("does not begin with http://"));
        }
        if !matches!(uri.path(), "" | "/" | "/graphql") || uri.query().is_some() {
            return Err(wrong("has a path"));
        }
        let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
        Ok(Self {
            authority: authority.as_str().to_owned(),
            host: authority
                .host()
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port: authority.port_u16().unwrap_or(80),
        })
    }

    /// All addresses that it has at the moment.
    pub(crate) async fn addresses(&self) -> std::io::Result<Vec<SocketAddr>> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        let mut found: Vec<SocketAddr> = tokio::net::lookup_host((self.host.as_str(), self.port))
            .await?
            .collect();
        // A host that listens on IPv4 alone often has an IPv6 address too (localhost, for one).
        if found.iter().any(SocketAddr::is_ipv4) {
            found.retain(SocketAddr::is_ipv4);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_read() {
        for (url, authority, host, port) in [
            ("http://orders:4103", "orders:4103", "orders", 4103),
            ("http://127.0.0.1:1/graphql", "127.0.0.1:1", "127.0.0.1", 1),
            ("http://[::1]:2/", "[::1]:2", "::1", 2),
            ("http://orders.shop", "orders.shop", "orders.shop", 80),
        ] {
            let site = Site::parse(url).unwrap();
            assert_eq!(
                (site.authority.as_str(), site.host.as_str(), site.port),
                (authority, host, port)
            );
        }
        for wrong in [
            "",
            "orders:4103",
            "https://orders",
            "http://orders/api",
            "http://o?x",
        ] {
            assert!(Site::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn an_address_needs_no_look_up() {
        let site = Site::parse("http://127.0.0.1:7").unwrap();
        assert_eq!(
            site.addresses().await.unwrap(),
            ["127.0.0.1:7".parse().unwrap()]
        );
    }
}
