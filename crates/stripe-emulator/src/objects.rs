use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The API version whose shapes the emulator follows; also sent when a caller names none.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

/// An object that is always `{}`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct NoDetails {}

/// Where a PaymentIntent stands.
/// <https://docs.stripe.com/payments/paymentintents/lifecycle>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AutomaticMethods {
    pub(crate) allow_redirects: String,
    pub(crate) enabled: bool,
}

/// A PaymentIntent as the API shows it and as the store keeps it. Fields of the unit type are
/// always null. Those with a default are missing in files of earlier versions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    pub(crate) object: String,
    #[serde(default)]
    pub(crate) allowed_payment_method_types: (),
    pub(crate) amount: i64,
    pub(crate) amount_capturable: i64,
    #[serde(default)]
    pub(crate) amount_details: NoDetails,
    pub(crate) amount_received: i64,
    pub(crate) application: (),
    pub(crate) application_fee_amount: (),
    pub(crate) automatic_payment_methods: Option<AutomaticMethods>,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) cancellation_reason: Option<String>,
    pub(crate) capture_method: String,
    pub(crate) client_secret: String,
    pub(crate) confirmation_method: String,
    pub(crate) created: i64,
    pub(crate) currency: String,
    pub(crate) customer: Option<String>,
    #[serde(default)]
    pub(crate) customer_account: (),
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) excluded_payment_method_types: (),
    pub(crate) last_payment_error: Option<Value>,
    pub(crate) latest_charge: Option<String>,
    pub(crate) livemode: bool,
    #[serde(default)]
    pub(crate) managed_payments: (),
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) next_action: Option<Value>,
    pub(crate) on_behalf_of: (),
    pub(crate) payment_method: Option<String>,
    #[serde(default)]
    pub(crate) payment_method_configuration_details: (),
    #[serde(default)]
    pub(crate) payment_method_options: NoDetails,
    pub(crate) payment_method_types: Vec<String>,
    pub(crate) processing: (),
    pub(crate) receipt_email: Option<String>,
    pub(crate) review: (),
    pub(crate) setup_future_usage: Option<String>,
    pub(crate) shipping: Option<Value>,
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) statement_descriptor_suffix: Option<String>,
    pub(crate) status: Status,
    pub(crate) transfer_data: (),
    pub(crate) transfer_group: (),
}

impl PaymentIntent {
    pub(crate) fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// A Charge: one attempt to take the money of a PaymentIntent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) object: String,
    pub(crate) amount: i64,
    pub(crate) amount_captured: i64,
    pub(crate) amount_refunded: i64,
    pub(crate) application: (),
    #[serde(default)]
    pub(crate) application_fee: (),
    #[serde(default)]
    pub(crate) application_fee_amount: (),
    pub(crate) balance_transaction: (),
    pub(crate) billing_details: Value,
    pub(crate) calculated_statement_descriptor: Option<String>,
    pub(crate) captured: bool,
    pub(crate) created: i64,
    pub(crate) currency: String,
    pub(crate) customer: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) disputed: bool,
    pub(crate) failure_balance_transaction: (),
    pub(crate) failure_code: Option<String>,
    pub(crate) failure_message: Option<String>,
    pub(crate) fraud_details: Value,
    pub(crate) livemode: bool,
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) on_behalf_of: (),
    pub(crate) outcome: Value,
    pub(crate) paid: bool,
    pub(crate) payment_intent: String,
    pub(crate) payment_method: String,
    pub(crate) payment_method_details: Value,
    pub(crate) receipt_email: Option<String>,
    pub(crate) receipt_number: (),
    pub(crate) receipt_url: (),
    pub(crate) refunded: bool,
    pub(crate) review: (),
    pub(crate) shipping: Option<Value>,
    #[serde(default)]
    pub(crate) source_transfer: (),
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) statement_descriptor_suffix: Option<String>,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) transfer_data: (),
    #[serde(default)]
    pub(crate) transfer_group: (),
}

/// A Refund of a part or the whole of a Charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) object: String,
    pub(crate) amount: i64,
    pub(crate) balance_transaction: (),
    pub(crate) charge: String,
    pub(crate) created: i64,
    pub(crate) currency: String,
    #[serde(default)]
    pub(crate) customer: Option<String>,
    #[serde(default)]
    pub(crate) customer_account: (),
    pub(crate) destination_details: Value,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) payment_intent: String,
    #[serde(default)]
    pub(crate) payment_method: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) receipt_number: (),
    pub(crate) source_transfer_reversal: (),
    pub(crate) status: String,
    pub(crate) transfer_reversal: (),
}

/// Billing details with nothing known.
pub(crate) fn no_billing_details() -> Value {
    json!({
        "address": {
            "city": null, "country": null, "line1": null,
            "line2": null, "postal_code": null, "state": null,
        },
        "email": null, "name": null, "phone": null, "tax_id": null,
    })
}
