//! Who sent a request, and from where.

use std::net::IpAddr;

use fault::Fault;
use identity::{Verifier, Viewer};

/// The header in which the router tells a subgraph the client's address. Subgraphs listen where only routers reach them.
pub const CLIENT_ADDRESS: &str = "x-emporium-client-address";

/// The header in which the router says how many milliseconds it waits for an answer. What takes longer is given up.
pub const DEADLINE: &str = "x-emporium-deadline-ms";

/// The header of a 503 that says that the request was not begun with: another replica may be asked, whatever it was.
pub const NOT_STARTED: &str = "x-emporium-not-started";

/// Who sent a request, and from where; in the context of every GraphQL operation, beside its [`Viewer`].
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whoever the token names.
    pub viewer: Viewer,
    /// The client's address, when the transport tells it.
    pub address: Option<IpAddr>,
    /// The W3C trace context the request came with.
    pub traceparent: Option<String>,
}

impl Caller {
    /// A caller of whom only the viewer is known.
    pub fn of(viewer: Viewer) -> Self {
        Self {
            viewer,
            address: None,
            traceparent: None,
        }
    }

    /// The caller that these header values tell of. The token is verified here, whatever the router did.
    pub fn from_headers(
        authorization: Option<&str>,
        address: Option<&str>,
        traceparent: Option<&str>,
        verifier: &Verifier,
    ) -> Result<Self, Fault> {
        Ok(Self {
            viewer: Viewer::from_authorization(authorization, verifier)?,
            address: address.and_then(|address| address.parse().ok()),
            traceparent: traceparent.map(ToOwned::to_owned),
        })
    }
}
