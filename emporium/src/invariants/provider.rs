//! What the payment provider itself tells, through its public API.

use std::collections::HashMap;

use serde::Deserialize;
use serving::{
    Subgraph,
    config::{Secret, Settings},
};

use super::Intent;

const PAGE: usize = 100;
const STRIPE: &str = "https://api.stripe.com";

/// The provider's API as the shop is configured to use it.
pub(crate) struct Provider {
    http: reqwest::Client,
    url: String,
    key: Secret,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Listed>,
    has_more: bool,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    amount_received: i64,
    latest_charge: Option<Charge>,
}

#[derive(Deserialize)]
struct Charge {
    amount_refunded: i64,
}

impl Provider {
    /// The provider that these settings name.
    pub(crate) fn of(settings: &Settings) -> Result<Self, String> {
        let config: payments::Config = settings
            .section("payments", payments::Payments::DEFAULTS)
            .map_err(|error| error.to_string())?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        let url = if config.api_url.is_empty() {
            STRIPE.to_owned()
        } else {
            config.api_url
        };
        Ok(Self {
            http,
            url,
            key: config.secret_key,
        })
    }

    /// Every PaymentIntent there is.
    pub(crate) async fn intents(&self) -> Result<HashMap<String, Intent>, String> {
        let mut intents = HashMap::new();
        let mut after: Option<String> = None;
        loop {
            let mut query = vec![
                ("limit", PAGE.to_string()),
                ("expand[]", "data.latest_charge".to_owned()),
            ];
            if let Some(after) = after {
                query.push(("starting_after", after));
            }
            let page: List = self
                .http
                .get(format!(
                    "{}/v1/payment_intents",
                    self.url.trim_end_matches('/')
                ))
                .query(&query)
                .bearer_auth(self.key.reveal())
                .send()
                .await
                .and_then(reqwest::Response::error_for_status)
                .map_err(|error| {
                    format!("the payment provider does not list its intents: {error}")
                })?
                .json()
                .await
                .map_err(|error| format!("the payment provider's list cannot be read: {error}"))?;
            after = page.data.last().map(|intent| intent.id.clone());
            for listed in page.data {
                let refunded = listed
                    .latest_charge
                    .map_or(0, |charge| charge.amount_refunded);
                intents.insert(
                    listed.id,
                    Intent {
                        captured: listed.amount_received,
                        refunded,
                    },
                );
            }
            if !page.has_more {
                return Ok(intents);
            }
        }
    }
}
