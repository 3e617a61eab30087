use serde_json::json;

use super::confirm::{Confirmation, unexpected_state};
use crate::error::{self, ApiError, Stop};
use crate::events::emit;
use crate::identifiers::mint;
use crate::methods::{Decline, Outcome, TestMethod};
use crate::objects::{Charge, PaymentIntent, Status, no_billing_details};
use crate::store::{save_charge, save_intent};
use crate::writer::{Answer, Tx};

/// One attempt to be paid, allowed by the intent's state and settings.
pub(super) struct Attempt<'c> {
    method: &'static TestMethod,
    confirmation: &'c Confirmation,
}

/// Refuses a payment method of a type that the intent does not take.
pub(super) fn allowed(intent: &PaymentIntent, method: &TestMethod) -> Result<(), ApiError> {
    if intent
        .payment_method_types
        .iter()
        .any(|kind| kind == method.kind)
    {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "The PaymentMethod provided ({}) is not allowed for this PaymentIntent. Please attach a payment method of one of the following types: {}.",
        method.kind,
        intent.payment_method_types.join(", ")
    ))
    .param("payment_method"))
}

impl<'c> Attempt<'c> {
    /// Decides whether the attempt may be made at all; nothing is written before.
    pub(super) fn check(
        intent: &PaymentIntent,
        confirmation: &'c Confirmation,
    ) -> Result<Self, ApiError> {
        let own = || intent.payment_method.as_deref().and_then(TestMethod::find);
        let Some(method) = confirmation.method.or_else(own) else {
            return Err(unexpected_state(
                intent,
                "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.".to_owned(),
            ));
        };
        allowed(intent, method)?;
        let redirects = intent
            .automatic_payment_methods
            .as_ref()
            .is_some_and(|automatic| automatic.allow_redirects == "always");
        if redirects && confirmation.return_url.is_none() {
            return Err(ApiError::invalid(
                "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
            )
            .intent(intent.value()));
        }
        Ok(Self {
            method,
            confirmation,
        })
    }

    /// Makes the attempt and answers as the API does: the intent, or a card error.
    pub(super) fn make(self, tx: &mut Tx<'_>, mut intent: PaymentIntent) -> Result<Answer, Stop> {
        intent.payment_method = Some(self.method.id.to_owned());
        intent.next_action = None;
        intent.last_payment_error = None;
        match self.method.outcome {
            Outcome::Succeeds => succeed(tx, intent, self.method),
            Outcome::Declines(decline) => self::decline(tx, intent, self.method, decline),
            Outcome::Authenticates(_) => self.authenticate(tx, intent),
            Outcome::Settles(_) => settle_later(tx, intent, self.method),
        }
    }

    fn authenticate(self, tx: &mut Tx<'_>, mut intent: PaymentIntent) -> Result<Answer, Stop> {
        if self.confirmation.off_session || self.confirmation.error_on_requires_action {
            let decline = &Decline {
                code: "authentication_required",
                decline_code: Some("authentication_required"),
                message: "Your card was declined. This transaction requires authentication.",
            };
            return self::decline(tx, intent, self.method, decline);
        }
        intent.status = Status::RequiresAction;
        intent.next_action = Some(json!({
            "type": "redirect_to_url",
            "redirect_to_url": {
                "return_url": self.confirmation.return_url,
                "url": format!("{}/3ds/{}", tx.settings.base_url, intent.id),
            },
        }));
        save_intent(tx, &intent, None)?;
        emit(tx, "payment_intent.requires_action", &intent, None)?;
        Ok(Answer::ok(error::json(&intent)))
    }
}

fn charge(tx: &Tx<'_>, intent: &PaymentIntent, method: &TestMethod, status: &str) -> Charge {
    let succeeded = status == "succeeded";
    Charge {
        id: mint("ch_"),
        object: "charge".to_owned(),
        amount: intent.amount,
        amount_captured: if succeeded { intent.amount } else { 0 },
        amount_refunded: 0,
        application: (),
        application_fee: (),
        application_fee_amount: (),
        balance_transaction: (),
        billing_details: no_billing_details(),
        calculated_statement_descriptor: Some("EMULATED".to_owned()),
        captured: status != "failed",
        created: tx.now(),
        currency: intent.currency.clone(),
        customer: intent.customer.clone(),
        description: intent.description.clone(),
        disputed: false,
        failure_balance_transaction: (),
        failure_code: None,
        failure_message: None,
        fraud_details: json!({}),
        livemode: false,
        metadata: intent.metadata.clone(),
        on_behalf_of: (),
        outcome: json!({
            "advice_code": null, "network_advice_code": null, "network_decline_code": null,
            "network_status": "approved_by_network", "reason": null, "risk_level": "normal",
            "seller_message": "Payment complete.", "type": "authorized",
        }),
        paid: succeeded,
        payment_intent: intent.id.clone(),
        payment_method: method.id.to_owned(),
        payment_method_details: method.details(intent.amount),
        receipt_email: intent.receipt_email.clone(),
        receipt_number: (),
        receipt_url: (),
        refunded: false,
        review: (),
        shipping: intent.shipping.clone(),
        source_transfer: (),
        statement_descriptor: intent.statement_descriptor.clone(),
        statement_descriptor_suffix: intent.statement_descriptor_suffix.clone(),
        status: status.to_owned(),
        transfer_data: (),
        transfer_group: (),
    }
}

/// Takes the money.
pub(super) fn succeed(
    tx: &mut Tx<'_>,
    mut intent: PaymentIntent,
    method: &TestMethod,
) -> Result<Answer, Stop> {
    let charge = charge(tx, &intent, method, "succeeded");
    intent.status = Status::Succeeded;
    intent.amount_received = intent.amount;
    intent.latest_charge = Some(charge.id.clone());
    intent.next_action = None;
    intent.last_payment_error = None;
    save_charge(tx, &charge)?;
    save_intent(tx, &intent, None)?;
    emit(tx, "charge.succeeded", &charge, None)?;
    emit(tx, "payment_intent.succeeded", &intent, None)?;
    Ok(Answer::ok(error::json(&intent)))
}

/// Puts the reason of a failure on a charge.
pub(super) fn fail(charge: &mut Charge, decline: &Decline) {
    "failed".clone_into(&mut charge.status);
    charge.paid = false;
    charge.captured = false;
    charge.failure_code = Some(decline.code.to_owned());
    charge.failure_message = Some(decline.message.to_owned());
    charge.outcome = json!({
        "advice_code": null, "network_advice_code": null, "network_decline_code": null,
        "network_status": "declined_by_network",
        "reason": decline.decline_code.unwrap_or(decline.code), "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    });
}

/// The card error of a decline, before the intent is put into it.
pub(super) fn card_error(charge: &Charge, method: &TestMethod, decline: &Decline) -> ApiError {
    let mut error = ApiError::card(decline.message).code(decline.code);
    error.decline_code = decline.decline_code;
    error.charge = Some(charge.id.clone());
    error.payment_method = Some(method.value());
    error.param = match decline.code {
        "incorrect_cvc" => Some("cvc".to_owned()),
        "expired_card" => Some("exp_month".to_owned()),
        _ => None,
    };
    error
}

/// The intent after a failed attempt: open for the next one.
pub(super) fn reopen(intent: &mut PaymentIntent, error: &ApiError) {
    intent.status = Status::RequiresPaymentMethod;
    intent.payment_method = None;
    intent.next_action = None;
    intent.last_payment_error = serde_json::to_value(error).ok();
}

pub(super) fn decline(
    tx: &mut Tx<'_>,
    mut intent: PaymentIntent,
    method: &TestMethod,
    decline: &Decline,
) -> Result<Answer, Stop> {
    let mut charge = charge(tx, &intent, method, "failed");
    fail(&mut charge, decline);
    let error = card_error(&charge, method, decline);
    reopen(&mut intent, &error);
    intent.latest_charge = Some(charge.id.clone());
    save_charge(tx, &charge)?;
    save_intent(tx, &intent, None)?;
    emit(tx, "charge.failed", &charge, None)?;
    emit(tx, "payment_intent.payment_failed", &intent, None)?;
    Ok(error.intent(intent.value()).into())
}

/// A delayed method: the charge is pending until the bank has answered.
fn settle_later(
    tx: &mut Tx<'_>,
    mut intent: PaymentIntent,
    method: &TestMethod,
) -> Result<Answer, Stop> {
    let charge = charge(tx, &intent, method, "pending");
    intent.status = Status::Processing;
    intent.latest_charge = Some(charge.id.clone());
    let due_at = tx.now_ms.saturating_add(tx.settings.settle_after_ms);
    save_charge(tx, &charge)?;
    save_intent(tx, &intent, Some(due_at))?;
    emit(tx, "charge.pending", &charge, None)?;
    emit(tx, "payment_intent.processing", &intent, None)?;
    Ok(Answer::ok(error::json(&intent)))
}
