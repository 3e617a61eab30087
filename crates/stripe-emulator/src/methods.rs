use serde_json::{Value, json};

use crate::objects::no_billing_details;

/// What a test payment method does when it is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The charge succeeds at once.
    Succeeds,
    /// The charge is declined at once.
    Declines(&'static Decline),
    /// The customer has to authenticate; then the charge succeeds, or is declined.
    Authenticates(Option<&'static Decline>),
    /// The charge is pending for a while; then it succeeds, or fails.
    Settles(Option<&'static Decline>),
}

/// Why a charge fails.
#[derive(Debug, PartialEq, Eq)]
pub struct Decline {
    /// Stripe's error code.
    pub code: &'static str,
    /// The issuer's reason.
    pub decline_code: Option<&'static str>,
    /// Text for the customer.
    pub message: &'static str,
}

const GENERIC: Decline = Decline {
    code: "card_declined",
    decline_code: Some("generic_decline"),
    message: "Your card was declined.",
};
const INSUFFICIENT: Decline = Decline {
    code: "card_declined",
    decline_code: Some("insufficient_funds"),
    message: "Your card has insufficient funds.",
};
const LOST: Decline = Decline {
    code: "card_declined",
    decline_code: Some("lost_card"),
    message: "Your card was declined.",
};
const STOLEN: Decline = Decline {
    code: "card_declined",
    decline_code: Some("stolen_card"),
    message: "Your card was declined.",
};
const VELOCITY: Decline = Decline {
    code: "card_declined",
    decline_code: Some("card_velocity_exceeded"),
    message: "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
};
const EXPIRED: Decline = Decline {
    code: "expired_card",
    decline_code: Some("expired_card"),
    message: "Your card has expired.",
};
const WRONG_CVC: Decline = Decline {
    code: "incorrect_cvc",
    decline_code: Some("incorrect_cvc"),
    message: "Your card's security code is incorrect.",
};
const PROCESSING: Decline = Decline {
    code: "processing_error",
    decline_code: Some("processing_error"),
    message: "An error occurred while processing your card. Try again in a little bit.",
};
const NO_FUNDS: Decline = Decline {
    code: "insufficient_funds",
    decline_code: None,
    message: "The customer's account has insufficient funds to cover this payment.",
};
const CLOSED: Decline = Decline {
    code: "account_closed",
    decline_code: None,
    message: "The customer's bank account has been closed.",
};

/// A payment method that exists in every emulator, as Stripe's test methods do in every sandbox.
/// <https://docs.stripe.com/testing>
#[derive(Clone, Copy, Debug)]
pub struct TestMethod {
    /// The PaymentMethod's id.
    pub id: &'static str,
    /// `card`, `us_bank_account` or `sepa_debit`.
    pub kind: &'static str,
    /// Brand of a card, name of a bank.
    pub brand: &'static str,
    /// The last four digits.
    pub last4: &'static str,
    /// What happens when it is charged.
    pub outcome: Outcome,
}

const fn card(
    id: &'static str,
    brand: &'static str,
    last4: &'static str,
    outcome: Outcome,
) -> TestMethod {
    TestMethod {
        id,
        kind: "card",
        brand,
        last4,
        outcome,
    }
}

const fn bank(id: &'static str, kind: &'static str, outcome: Outcome) -> TestMethod {
    TestMethod {
        id,
        kind,
        brand: "STRIPE TEST BANK",
        last4: "6789",
        outcome,
    }
}

/// Every payment method the emulator knows.
pub const TEST_METHODS: &[TestMethod] = &[
    card("pm_card_visa", "visa", "4242", Outcome::Succeeds),
    card("pm_card_visa_debit", "visa", "5556", Outcome::Succeeds),
    card(
        "pm_card_mastercard",
        "mastercard",
        "4444",
        Outcome::Succeeds,
    ),
    card(
        "pm_card_mastercard_debit",
        "mastercard",
        "3222",
        Outcome::Succeeds,
    ),
    card("pm_card_amex", "amex", "8431", Outcome::Succeeds),
    card("pm_card_discover", "discover", "1117", Outcome::Succeeds),
    card("pm_card_jcb", "jcb", "0505", Outcome::Succeeds),
    card(
        "pm_card_threeDSecureOptional",
        "visa",
        "3055",
        Outcome::Succeeds,
    ),
    card(
        "pm_card_chargeDeclined",
        "visa",
        "0002",
        Outcome::Declines(&GENERIC),
    ),
    card(
        "pm_card_visa_chargeDeclined",
        "visa",
        "0002",
        Outcome::Declines(&GENERIC),
    ),
    card(
        "pm_card_chargeDeclinedInsufficientFunds",
        "visa",
        "9995",
        Outcome::Declines(&INSUFFICIENT),
    ),
    card(
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "visa",
        "9995",
        Outcome::Declines(&INSUFFICIENT),
    ),
    card(
        "pm_card_visa_chargeDeclinedLostCard",
        "visa",
        "9987",
        Outcome::Declines(&LOST),
    ),
    card(
        "pm_card_visa_chargeDeclinedStolenCard",
        "visa",
        "9979",
        Outcome::Declines(&STOLEN),
    ),
    card(
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "visa",
        "6975",
        Outcome::Declines(&VELOCITY),
    ),
    card(
        "pm_card_chargeDeclinedExpiredCard",
        "visa",
        "0069",
        Outcome::Declines(&EXPIRED),
    ),
    card(
        "pm_card_chargeDeclinedIncorrectCvc",
        "visa",
        "0127",
        Outcome::Declines(&WRONG_CVC),
    ),
    card(
        "pm_card_chargeDeclinedProcessingError",
        "visa",
        "0119",
        Outcome::Declines(&PROCESSING),
    ),
    card(
        "pm_card_chargeCustomerFail",
        "visa",
        "0341",
        Outcome::Declines(&GENERIC),
    ),
    card(
        "pm_card_authenticationRequired",
        "visa",
        "3184",
        Outcome::Authenticates(None),
    ),
    card(
        "pm_card_threeDSecureRequired",
        "visa",
        "3063",
        Outcome::Authenticates(None),
    ),
    card(
        "pm_card_threeDSecure2Required",
        "visa",
        "3220",
        Outcome::Authenticates(None),
    ),
    card(
        "pm_card_threeDSecureRequiredChargeDeclined",
        "visa",
        "1629",
        Outcome::Authenticates(Some(&GENERIC)),
    ),
    card(
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "visa",
        "8260",
        Outcome::Authenticates(Some(&INSUFFICIENT)),
    ),
    bank(
        "pm_usBankAccount",
        "us_bank_account",
        Outcome::Settles(None),
    ),
    bank(
        "pm_usBankAccount_success",
        "us_bank_account",
        Outcome::Settles(None),
    ),
    bank(
        "pm_usBankAccount_insufficientFunds",
        "us_bank_account",
        Outcome::Settles(Some(&NO_FUNDS)),
    ),
    bank(
        "pm_usBankAccount_accountClosed",
        "us_bank_account",
        Outcome::Settles(Some(&CLOSED)),
    ),
    bank("pm_sepaDebit", "sepa_debit", Outcome::Settles(None)),
    bank(
        "pm_sepaDebit_fails",
        "sepa_debit",
        Outcome::Settles(Some(&NO_FUNDS)),
    ),
];

impl TestMethod {
    pub(crate) fn find(id: &str) -> Option<&'static TestMethod> {
        TEST_METHODS.iter().find(|method| method.id == id)
    }

    /// The PaymentMethod object.
    pub(crate) fn value(&self) -> Value {
        let mut method = json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": no_billing_details(),
            "created": 1_700_000_000,
            "customer": null,
            "customer_account": null,
            "livemode": false,
            "metadata": {},
            "type": self.kind,
        });
        let own = match self.kind {
            "us_bank_account" => json!({
                "financial_connections_account": null, "networks": null, "status_details": null,
            }),
            "sepa_debit" => json!({ "generated_from": { "charge": null, "setup_attempt": null } }),
            _ => json!({
                "display_brand": self.brand, "generated_from": null,
                "networks": { "available": [self.brand], "preferred": null },
                "three_d_secure_usage": { "supported": true },
            }),
        };
        method[self.kind] = self.particulars(own);
        method
    }

    /// The charge's `payment_method_details`, for this amount in minor units.
    pub(crate) fn details(&self, amount: i64) -> Value {
        let own = match self.kind {
            "us_bank_account" => json!({ "payment_reference": null }),
            "sepa_debit" => json!({ "mandate": null }),
            _ => json!({
                "amount_authorized": amount, "authorization_code": null,
                "extended_authorization": { "status": "disabled" },
                "incremental_authorization": { "status": "unavailable" },
                "installments": null, "mandate": null,
                "multicapture": { "status": "unavailable" },
                "network": self.brand, "network_token": { "used": false },
                "network_transaction_id": null,
                "overcapture": { "maximum_amount_capturable": amount, "status": "unavailable" },
                "three_d_secure": null, "transaction_link_id": null,
            }),
        };
        let mut details = json!({ "type": self.kind });
        details[self.kind] = self.particulars(own);
        details
    }

    /// What PaymentMethod and charge both show of it, with what only one of them shows.
    fn particulars(&self, own: Value) -> Value {
        let fingerprint = format!("emulated{}", self.last4);
        let mut all = match self.kind {
            "us_bank_account" => json!({
                "account_holder_type": "individual", "account_type": "checking",
                "bank_name": self.brand, "fingerprint": fingerprint, "last4": self.last4,
                "routing_number": "110000000",
            }),
            "sepa_debit" => json!({
                "bank_code": "37040044", "branch_code": null, "country": "DE",
                "fingerprint": fingerprint, "last4": self.last4,
            }),
            _ => json!({
                "brand": self.brand,
                "checks": {
                    "address_line1_check": null, "address_postal_code_check": null,
                    "cvc_check": "pass",
                },
                "country": "US", "exp_month": 12, "exp_year": 2034,
                "fingerprint": fingerprint,
                "funding": if self.id.ends_with("_debit") { "debit" } else { "credit" },
                "last4": self.last4, "regulated_status": "unregulated", "wallet": null,
            }),
        };
        if let (Value::Object(all), Value::Object(own)) = (&mut all, own) {
            all.extend(own);
        }
        all
    }
}
