//! The playground's files, built and compressed beforehand, compiled in.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::LazyLock,
};

use hive_router::{
    http::header::{
        CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
        IF_NONE_MATCH, VARY,
    },
    ntex::{http::HeaderMap, util::Bytes, web::HttpResponse},
};

use crate::door::text;

/// One file.
#[derive(Clone, Copy)]
pub(crate) struct Asset {
    path: &'static str,
    kind: &'static str,
    gzip: &'static [u8],
}

macro_rules! asset {
    ($path:literal, $kind:literal, $file:literal) => {
        Asset {
            path: $path,
            kind: $kind,
            gzip: include_bytes!(concat!("../playground/dist/", $file, ".gz")),
        }
    };
}

static ASSETS: [Asset; 5] = [
    asset!("/", "text/html; charset=utf-8", "index.html"),
    asset!(
        "/assets/playground.js",
        "text/javascript; charset=utf-8",
        "assets/playground.js"
    ),
    asset!(
        "/assets/playground.css",
        "text/css; charset=utf-8",
        "assets/playground.css"
    ),
    asset!("/favicon.svg", "image/svg+xml", "favicon.svg"),
    asset!("/licenses.txt", "text/plain; charset=utf-8", "licenses.txt"),
];

static TAGS: LazyLock<[String; 5]> = LazyLock::new(|| {
    ASSETS.each_ref().map(|asset| {
        let mut hasher = DefaultHasher::new();
        asset.gzip.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    })
});

/// Scripts and styles from here alone; styles that the editor writes into the page; the editor's
/// workers; connections to the graph.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws: wss:; \
     worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The file at that path.
pub(crate) fn find(path: &str) -> Option<Asset> {
    ASSETS.iter().find(|asset| asset.path == path).copied()
}

/// The file, or 304 when the browser has it already.
pub(crate) fn answer(asset: &Asset, headers: &HeaderMap) -> HttpResponse {
    let tag = ASSETS
        .iter()
        .position(|other| other.path == asset.path)
        .and_then(|at| TAGS.get(at))
        .map_or("", String::as_str);
    let known = text(headers, IF_NONE_MATCH.as_str()).is_some_and(|tags| {
        tags.split(',')
            .any(|given| given.trim().trim_start_matches("W/") == tag)
    });
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .header(ETAG, tag)
        .header(CACHE_CONTROL, "no-cache")
        .header(VARY, "accept-encoding")
        .header(CONTENT_SECURITY_POLICY, POLICY);
    if known {
        return response.finish();
    }
    response
        .header(CONTENT_TYPE, asset.kind)
        .header(CONTENT_ENCODING, "gzip")
        .body(Bytes::from_static(asset.gzip))
}
