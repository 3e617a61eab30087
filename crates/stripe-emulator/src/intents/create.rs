use std::collections::BTreeMap;

use serde_json::Value;

use super::attempt::{self, Attempt};
use super::confirm::Confirmation;
use crate::error::{ApiError, Stop, json};
use crate::events::emit;
use crate::identifiers::mint;
use crate::methods::TestMethod;
use crate::objects::{AutomaticMethods, NoDetails, PaymentIntent, Status};
use crate::params::Params;
use crate::store::insert_intent;
use crate::writer::{Answer, Tx};

/// What Stripe takes; larger amounts are refused.
const LARGEST_AMOUNT: i64 = 99_999_999;
/// The smallest charge of currencies where it is not one unit.
/// <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
const SMALLEST_AMOUNTS: [(&str, i64); 17] = [
    ("usd", 50),
    ("eur", 50),
    ("gbp", 30),
    ("jpy", 50),
    ("cad", 50),
    ("aud", 50),
    ("chf", 50),
    ("nzd", 50),
    ("sgd", 50),
    ("brl", 50),
    ("inr", 50),
    ("sek", 300),
    ("nok", 300),
    ("dkk", 250),
    ("pln", 200),
    ("mxn", 1_000),
    ("hkd", 400),
];
const CURRENCIES: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw";

const KNOWN: [&str; 26] = [
    "amount",
    "currency",
    "automatic_payment_methods",
    "capture_method",
    "client_secret",
    "confirm",
    "confirmation_method",
    "customer",
    "description",
    "error_on_requires_action",
    "expand",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_data",
    "payment_method_options",
    "payment_method_types",
    "radar_options",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "use_stripe_sdk",
];

/// Validated parameters of a new PaymentIntent.
#[derive(Debug)]
pub(crate) struct NewIntent {
    amount: i64,
    currency: String,
    automatic: Option<AutomaticMethods>,
    types: Vec<String>,
    method: Option<&'static TestMethod>,
    confirmation_method: String,
    capture_method: String,
    customer: Option<String>,
    description: Option<String>,
    metadata: BTreeMap<String, String>,
    receipt_email: Option<String>,
    setup_future_usage: Option<String>,
    shipping: Option<Value>,
    statement_descriptor: Option<String>,
    statement_descriptor_suffix: Option<String>,
    confirmation: Option<Confirmation>,
}

pub(super) fn amount(params: Params<'_>, currency: &str) -> Result<Option<i64>, ApiError> {
    let Some(amount) = params.integer("amount")? else {
        return Ok(None);
    };
    let smallest = SMALLEST_AMOUNTS
        .iter()
        .find(|(code, _)| *code == currency)
        .map_or(1, |(_, smallest)| *smallest);
    if amount < 1 {
        return Err(
            ApiError::invalid("This value must be greater than or equal to 1.")
                .code("parameter_invalid_integer")
                .param("amount"),
        );
    }
    if amount < smallest {
        return Err(ApiError::invalid(format!(
            "Amount must be at least {smallest} in the smallest unit of {currency}"
        ))
        .code("amount_too_small")
        .param("amount"));
    }
    if amount > LARGEST_AMOUNT {
        return Err(ApiError::invalid(format!(
            "Amount must be no more than {LARGEST_AMOUNT} in the smallest unit of {currency}"
        ))
        .code("amount_too_large")
        .param("amount"));
    }
    Ok(Some(amount))
}

pub(super) fn method(params: Params<'_>) -> Result<Option<&'static TestMethod>, ApiError> {
    params.no_raw_card()?;
    let Some(id) = params.text("payment_method")? else {
        return Ok(None);
    };
    match TestMethod::find(&id) {
        Some(method) => Ok(Some(method)),
        None => Err(ApiError::invalid(format!("No such PaymentMethod: '{id}'"))
            .code("resource_missing")
            .param("payment_method")),
    }
}

fn automatic(params: Params<'_>) -> Result<Option<AutomaticMethods>, ApiError> {
    let Some(given) = params.nested("automatic_payment_methods")? else {
        return Ok(None);
    };
    let enabled = given.boolean("enabled")?.ok_or_else(|| {
        ApiError::invalid("Missing required param: automatic_payment_methods[enabled].")
            .code("parameter_missing")
            .param("automatic_payment_methods[enabled]")
    })?;
    let allow_redirects = given.choice("allow_redirects", &["always", "never"])?;
    Ok(enabled.then(|| AutomaticMethods {
        allow_redirects: allow_redirects.unwrap_or_else(|| "always".to_owned()),
        enabled,
    }))
}

/// The types that a PaymentIntent takes when the account's settings decide.
fn automatic_types(currency: &str) -> Vec<String> {
    let bank = match currency {
        "usd" => Some("us_bank_account"),
        "eur" => Some("sepa_debit"),
        _ => None,
    };
    ["card"]
        .into_iter()
        .chain(bank)
        .map(str::to_owned)
        .collect()
}

impl NewIntent {
    pub(crate) fn parse(params: Params<'_>) -> Result<Self, ApiError> {
        params.only(&KNOWN)?;
        let currency = params.required("currency")?.to_ascii_lowercase();
        if !CURRENCIES.split(' ').any(|known| known == currency) {
            return Err(
                ApiError::invalid(format!("Invalid currency: {currency:.20}")).param("currency"),
            );
        }
        let amount = amount(params, &currency)?.ok_or_else(|| {
            ApiError::invalid("Missing required param: amount.")
                .code("parameter_missing")
                .param("amount")
        })?;
        let capture = params
            .choice(
                "capture_method",
                &["automatic", "automatic_async", "manual"],
            )?
            .unwrap_or_else(|| "automatic_async".to_owned());
        if capture == "manual" {
            return Err(
                ApiError::invalid("The emulator captures automatically only.")
                    .param("capture_method"),
            );
        }
        let mut types = params.texts("payment_method_types")?;
        if let Some(unknown) = types.iter().find(|kind| {
            !["card", "link", "us_bank_account", "sepa_debit"].contains(&kind.as_str())
        }) {
            return Err(ApiError::invalid(format!(
                "The payment method type \"{unknown:.40}\" is not known to the emulator."
            ))
            .param("payment_method_types"));
        }
        let mut automatic = automatic(params)?;
        if automatic.is_some() && !types.is_empty() {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            ));
        }
        if types.is_empty() {
            // Since 2023-08-16 the account's settings decide when the caller does not.
            if automatic.is_none() && !params.0.contains_key("automatic_payment_methods") {
                automatic = Some(AutomaticMethods {
                    allow_redirects: "always".to_owned(),
                    enabled: true,
                });
            }
            types = automatic_types(&currency);
        }
        let confirmation = match params.boolean("confirm")? {
            Some(true) => Some(Confirmation::parameters(params)?),
            _ => None,
        };
        Ok(Self {
            amount,
            currency,
            automatic,
            types,
            method: method(params)?,
            confirmation_method: params
                .choice("confirmation_method", &["automatic", "manual"])?
                .unwrap_or_else(|| "automatic".to_owned()),
            capture_method: capture,
            customer: params.text("customer")?,
            description: params.text("description")?,
            metadata: params.metadata()?.unwrap_or_default(),
            receipt_email: params.text("receipt_email")?,
            setup_future_usage: params
                .choice("setup_future_usage", &["on_session", "off_session"])?,
            shipping: params
                .nested("shipping")?
                .map(|tree| Value::Object(tree.0.clone())),
            statement_descriptor: params.text("statement_descriptor")?,
            statement_descriptor_suffix: params.text("statement_descriptor_suffix")?,
            confirmation,
        })
    }

    fn intent(&self, now: i64) -> PaymentIntent {
        let id = mint("pi_");
        PaymentIntent {
            client_secret: mint(&format!("{id}_secret_")),
            id,
            object: "payment_intent".to_owned(),
            allowed_payment_method_types: (),
            amount: self.amount,
            amount_capturable: 0,
            amount_details: NoDetails {},
            amount_received: 0,
            application: (),
            application_fee_amount: (),
            automatic_payment_methods: self.automatic.clone(),
            canceled_at: None,
            cancellation_reason: None,
            capture_method: self.capture_method.clone(),
            confirmation_method: self.confirmation_method.clone(),
            created: now,
            currency: self.currency.clone(),
            customer: self.customer.clone(),
            customer_account: (),
            description: self.description.clone(),
            excluded_payment_method_types: (),
            last_payment_error: None,
            latest_charge: None,
            livemode: false,
            managed_payments: (),
            metadata: self.metadata.clone(),
            next_action: None,
            on_behalf_of: (),
            payment_method: self.method.map(|method| method.id.to_owned()),
            payment_method_configuration_details: (),
            payment_method_options: NoDetails {},
            payment_method_types: self.types.clone(),
            processing: (),
            receipt_email: self.receipt_email.clone(),
            review: (),
            setup_future_usage: self.setup_future_usage.clone(),
            shipping: self.shipping.clone(),
            statement_descriptor: self.statement_descriptor.clone(),
            statement_descriptor_suffix: self.statement_descriptor_suffix.clone(),
            status: match self.method {
                Some(_) => Status::RequiresConfirmation,
                None => Status::RequiresPaymentMethod,
            },
            transfer_data: (),
            transfer_group: (),
        }
    }
}

/// Creates a PaymentIntent and, when asked to, confirms it at once.
pub(crate) fn create(tx: &mut Tx<'_>, new: &NewIntent) -> Result<Answer, Stop> {
    let intent = new.intent(tx.now());
    if let Some(method) = new.method {
        attempt::allowed(&intent, method)?;
    }
    let attempt = match &new.confirmation {
        None => None,
        // Refused as a whole: there is no intent that the error could show.
        Some(confirmation) => {
            Some(Attempt::check(&intent, confirmation).map_err(|mut error| {
                error.payment_intent = None;
                error
            })?)
        }
    };
    insert_intent(tx, &intent)?;
    emit(tx, "payment_intent.created", &intent, None)?;
    match attempt {
        None => Ok(Answer::ok(json(&intent))),
        Some(attempt) => attempt.make(tx, intent),
    }
}
