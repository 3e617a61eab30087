use super::attempt::Attempt;
use super::create::method;
use crate::error::{ApiError, Stop};
use crate::methods::TestMethod;
use crate::objects::{PaymentIntent, Status};
use crate::params::Params;
use crate::store::{self, Table};
use crate::writer::{Answer, Tx};

const KNOWN: [&str; 18] = [
    "payment_method",
    "payment_method_data",
    "payment_method_options",
    "payment_method_types",
    "return_url",
    "off_session",
    "error_on_requires_action",
    "client_secret",
    "expand",
    "mandate",
    "mandate_data",
    "radar_options",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "use_stripe_sdk",
    "capture_method",
    "excluded_payment_method_types",
];

/// Validated parameters of a confirmation.
#[derive(Debug)]
pub(crate) struct Confirmation {
    pub(super) method: Option<&'static TestMethod>,
    pub(super) return_url: Option<String>,
    pub(super) off_session: bool,
    pub(super) error_on_requires_action: bool,
    pub(super) receipt_email: Option<String>,
    /// Present when the publishable key was used: it must be the intent's own.
    client_secret: Option<String>,
}

impl Confirmation {
    pub(crate) fn parse(params: Params<'_>) -> Result<Self, ApiError> {
        params.only(&KNOWN)?;
        Self::parameters(params)
    }

    /// The parameters that a creation with `confirm` shares.
    pub(super) fn parameters(params: Params<'_>) -> Result<Self, ApiError> {
        let return_url = params.text("return_url")?;
        if let Some(url) = &return_url
            && !url.contains("://")
        {
            return Err(ApiError::invalid("Not a valid URL")
                .code("url_invalid")
                .param("return_url"));
        }
        Ok(Self {
            method: method(params)?,
            return_url,
            off_session: params.boolean("off_session")?.unwrap_or(false),
            error_on_requires_action: params.boolean("error_on_requires_action")?.unwrap_or(false),
            receipt_email: params.text("receipt_email")?,
            client_secret: params.text("client_secret")?,
        })
    }
}

/// The refusal of an operation that the intent's state does not allow.
pub(super) fn unexpected_state(intent: &PaymentIntent, message: String) -> ApiError {
    ApiError::invalid(message)
        .code("payment_intent_unexpected_state")
        .intent(intent.value())
}

/// The intent of an operation, or the API's "no such payment_intent".
pub(super) fn find(tx: &Tx<'_>, id: &str) -> Result<PaymentIntent, Stop> {
    let found = store::load(tx.conn, Table::Intents, id)?;
    found.ok_or_else(|| ApiError::missing("payment_intent", id, "intent").into())
}

/// Confirms a PaymentIntent: one attempt to be paid.
pub(crate) fn confirm(
    tx: &mut Tx<'_>,
    id: &str,
    confirmation: &Confirmation,
) -> Result<Answer, Stop> {
    let mut intent = find(tx, id)?;
    if let Some(secret) = &confirmation.client_secret
        && *secret != intent.client_secret
    {
        return Err(ApiError::invalid(
            "The client_secret provided does not match the client_secret associated with the PaymentIntent.",
        )
        .code("payment_intent_invalid_parameter")
        .param("client_secret")
        .into());
    }
    match intent.status {
        Status::Succeeded => {
            return Err(unexpected_state(
                &intent,
                "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.".to_owned(),
            )
            .into());
        }
        Status::Processing | Status::Canceled => {
            return Err(unexpected_state(
                &intent,
                format!(
                    "You cannot confirm this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_payment_method, requires_confirmation, requires_action.",
                    intent.status.as_str()
                ),
            )
            .into());
        }
        Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction => {}
    }
    let attempt = Attempt::check(&intent, confirmation)?;
    if confirmation.receipt_email.is_some() {
        intent.receipt_email.clone_from(&confirmation.receipt_email);
    }
    attempt.make(tx, intent)
}
