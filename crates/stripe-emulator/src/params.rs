use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value};

use crate::error::ApiError;

const LONGEST_TEXT: usize = 5_000;

/// Typed access to the parameters of one request, with Stripe's refusals.
#[derive(Clone, Copy)]
pub(crate) struct Params<'p>(pub(crate) &'p Map<String, Value>);

impl<'p> Params<'p> {
    /// Refuses what the endpoint does not know.
    pub(crate) fn only(self, known: &[&str]) -> Result<(), ApiError> {
        match self.0.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(
                ApiError::invalid(format!("Received unknown parameter: {key}"))
                    .code("parameter_unknown")
                    .param(key),
            ),
        }
    }

    /// The text as given, the empty one (which unsets a field) included.
    pub(crate) fn given(self, name: &str) -> Result<Option<&'p str>, ApiError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_TEXT => Ok(Some(text)),
            Some(Value::String(_)) => Err(ApiError::invalid(format!(
                "Invalid string: {name} must be at most {LONGEST_TEXT} characters"
            ))
            .param(name)),
            Some(_) => Err(ApiError::invalid(format!("Invalid string: {name}")).param(name)),
        }
    }

    /// A text; an empty one counts as absent.
    pub(crate) fn text(self, name: &str) -> Result<Option<String>, ApiError> {
        Ok(self
            .given(name)?
            .filter(|text| !text.is_empty())
            .map(str::to_owned))
    }

    pub(crate) fn required(self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| {
            ApiError::invalid(format!("Missing required param: {name}."))
                .code("parameter_missing")
                .param(name)
        })
    }

    pub(crate) fn integer(self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.given(name)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            ApiError::invalid(format!("Invalid integer: {text:.40}"))
                .code("parameter_invalid_integer")
                .param(name)
        })
    }

    pub(crate) fn boolean(self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.given(name)? {
            None | Some("") => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(other) => {
                Err(ApiError::invalid(format!("Invalid boolean: {other:.40}")).param(name))
            }
        }
    }

    /// One of a closed set of texts.
    pub(crate) fn choice(self, name: &str, of: &[&str]) -> Result<Option<String>, ApiError> {
        match self.text(name)? {
            Some(text) if !of.contains(&text.as_str()) => Err(ApiError::invalid(format!(
                "Invalid {name}: must be one of {}",
                of.join(", ")
            ))
            .param(name)),
            other => Ok(other),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(self, name: &str) -> Result<Vec<String>, ApiError> {
        let invalid = || ApiError::invalid("Invalid array").param(name);
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(invalid))
                .collect(),
            Some(_) => Err(invalid()),
        }
    }

    /// A nested object.
    pub(crate) fn nested(self, name: &str) -> Result<Option<Params<'p>>, ApiError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Params(map))),
            Some(_) => Err(ApiError::invalid("Invalid object").param(name)),
        }
    }

    /// Metadata within Stripe's limits: 50 keys of 40 characters, values of 500.
    pub(crate) fn metadata(self) -> Result<Option<BTreeMap<String, String>>, ApiError> {
        let Some(given) = self.nested("metadata")? else {
            return Ok(self.0.contains_key("metadata").then(BTreeMap::new));
        };
        let mut metadata = BTreeMap::new();
        for (key, value) in given.0 {
            let value = value.as_str().ok_or_else(|| {
                ApiError::invalid("Metadata values must be strings").param("metadata")
            })?;
            if key.chars().count() > 40 || value.chars().count() > 500 || given.0.len() > 50 {
                return Err(ApiError::invalid(
                    "Metadata can have up to 50 keys of up to 40 characters, with values of up to 500 characters.",
                )
                .param("metadata"));
            }
            metadata.insert(key.clone(), value.to_owned());
        }
        Ok(Some(metadata))
    }

    /// Refuses raw card data, which Stripe takes from certified callers only.
    pub(crate) fn no_raw_card(self) -> Result<(), ApiError> {
        let card = match self.nested("payment_method_data")? {
            Some(data) => data.nested("card")?,
            None => self.nested("card")?,
        };
        if card.is_some_and(|card| card.0.contains_key("number")) {
            return Err(ApiError::with_status(
                StatusCode::PAYMENT_REQUIRED,
                "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens that map to the test card you are using, see https://stripe.com/docs/testing.",
            ));
        }
        if self.0.contains_key("payment_method_data") {
            return Err(ApiError::invalid(
                "The emulator has no payment_method_data: use a test PaymentMethod such as pm_card_visa.",
            )
            .param("payment_method_data"));
        }
        Ok(())
    }
}

/// Applies a metadata update: given keys are set, keys with an empty value are removed, and an
/// empty map clears everything.
pub(crate) fn merge_metadata(
    current: &mut BTreeMap<String, String>,
    update: &BTreeMap<String, String>,
) {
    if update.is_empty() {
        current.clear();
    }
    for (key, value) in update {
        if value.is_empty() {
            current.remove(key);
        } else {
            current.insert(key.clone(), value.clone());
        }
    }
}
