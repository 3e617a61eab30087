//! Our settings in hive-router's terms.

use hive_router::config::HiveRouterConfig;
use serde_json::{Value, json};

use crate::{RouterError, config::RouterConfig, hooks::PLUGIN, transport::SubgraphUrls};

/// One of these makes a browser ask before it sends, so no page can make it send a mutation blindly.
const CSRF_HEADERS: [&str; 3] = [
    "x-emporium-csrf",
    "x-apollo-operation-name",
    "apollo-require-preflight",
];

/// Events between hive-router's two halves of a subscription. Ours takes each at once and queues
/// it itself. A task yields after 128 events (tokio's budget), so this many never gather; each
/// subscription holds memory for all of them, so it should not be more either.
const BROADCAST: usize = 256;

pub(crate) fn hive(
    config: &RouterConfig,
    urls: &SubgraphUrls,
) -> Result<HiveRouterConfig, RouterError> {
    let ms = |milliseconds: u64| format!("{milliseconds}ms");
    let cache = json!({ "max_entries": config.caches.operations });
    let overrides: serde_json::Map<String, Value> = urls
        .iter()
        .map(|(name, url)| (name.clone(), json!({ "url": url })))
        .collect();
    let settings = json!({
        "supergraph": { "source": "plugin" },
        "plugins": { PLUGIN: { "enabled": true } },
        "laboratory": { "enabled": false },
        "introspection": config.introspection,
        // Ours to do, with our codes and without a second look at the token.
        "authorization": { "directives": { "enabled": false } },
        "error_masking": { "enabled": false },
        "limits": {
            "max_depth": { "n": config.limits.max_depth },
            "max_aliases": { "n": config.limits.max_aliases },
            "max_directives": { "n": config.limits.max_directives },
            "max_tokens": { "n": config.limits.max_tokens },
            "max_request_body_size": format!("{}B", config.limits.max_body_bytes),
            "max_request_header_size": format!("{}B", config.limits.max_header_bytes),
        },
        "demand_control": {
            "enabled": true,
            "operation_cost": { "max": config.limits.max_cost, "mode": "enforce" },
            "default_list_size": { "all": config.limits.assumed_list_size },
            "subgraphs_budget": { "mode": "measure" },
        },
        "csrf": { "enabled": true, "required_headers": CSRF_HEADERS },
        "cors": cors(config),
        "headers": { "all": { "request": [
            { "propagate": { "named": "authorization" } },
        ] } },
        "traffic_shaping": {
            "all": {
                "request_timeout": ms(config.timeouts.subgraph_ms),
                // What a client leaves behind, one WebSocket for its token, is not kept for long.
                "pool_idle_timeout": "5s",
                "dedupe_enabled": false,
                "circuit_breaker": {
                    "enabled": config.breaker.enabled,
                    "error_threshold": format!("{}%", config.breaker.error_percent),
                    "volume_threshold": config.breaker.volume,
                    "reset_timeout": ms(config.breaker.reset_ms),
                },
            },
            "router": {
                "request_timeout": ms(config.timeouts.request_ms),
                "keep_alive": ms(config.timeouts.keep_alive_ms),
                "max_long_lived_clients": 0,
                // What is inflated here could not be looked at before.
                "compression": { "request": { "enabled": false } },
                // It joins subscribers without giving the late one a snapshot. Its headers are also
                // those that tell connections to subgraphs apart: one for each token.
                "dedupe": { "enabled": false, "headers": { "include": ["authorization"] } },
            },
        },
        "override_subgraph_urls": { "subgraphs": overrides },
        "subscriptions": {
            "enabled": true,
            "broadcast_capacity": BROADCAST,
            "subgraph_buffer_capacity": config.subscriptions.upstream_queue,
            "websocket": { "all": {} },
        },
        "cache": {
            "router": { "parsing": cache },
            "supergraph": { "validation": cache, "normalization": cache, "query_plans": cache },
        },
    });
    serde_json::from_value(settings)
        .map_err(|error| RouterError::Setting(format!("the settings of the router: {error}")))
}

fn cors(config: &RouterConfig) -> Value {
    let mut policies = Vec::new();
    if !config.cors.origins.is_empty() {
        policies.push(json!({ "origins": config.cors.origins }));
    }
    if config.cors.localhost {
        policies.push(json!({
            "match_origin": [r"^https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?$"],
        }));
    }
    json!({
        "enabled": !policies.is_empty(),
        "allow_any_origin": false,
        "allow_credentials": false,
        "methods": ["GET", "POST", "OPTIONS"],
        "expose_headers": ["retry-after"],
        "max_age": config.cors.max_age_seconds,
        "policies": policies,
    })
}
