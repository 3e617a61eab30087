use std::collections::BTreeMap;

use super::attempt::allowed;
use super::confirm::{find, unexpected_state};
use super::create::{amount, method};
use crate::error::{ApiError, Stop, json};
use crate::methods::TestMethod;
use crate::objects::Status;
use crate::params::{Params, merge_metadata};
use crate::store::save_details;
use crate::writer::{Answer, Tx};

/// Validated parameters of an update.
#[derive(Debug)]
pub(crate) struct IntentChanges {
    amount: Option<i64>,
    method: Option<&'static TestMethod>,
    metadata: Option<BTreeMap<String, String>>,
    /// Each text with whether it was given at all; an empty one unsets the field.
    customer: Option<String>,
    description: Option<String>,
    receipt_email: Option<String>,
}

impl IntentChanges {
    pub(crate) fn parse(params: Params<'_>) -> Result<Self, ApiError> {
        params.only(&[
            "amount",
            "customer",
            "description",
            "expand",
            "metadata",
            "payment_method",
            "payment_method_data",
            "receipt_email",
        ])?;
        let text = |name| Ok::<_, ApiError>(params.given(name)?.map(str::to_owned));
        Ok(Self {
            amount: amount(params, "")?,
            method: method(params)?,
            metadata: params.metadata()?,
            customer: text("customer")?,
            description: text("description")?,
            receipt_email: text("receipt_email")?,
        })
    }
}

/// Changes a PaymentIntent. What will be charged changes only while it has not been.
pub(crate) fn update(tx: &Tx<'_>, id: &str, changes: &IntentChanges) -> Result<Answer, Stop> {
    let mut intent = find(tx, id)?;
    let open = matches!(
        intent.status,
        Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction
    );
    if !open && (changes.amount.is_some() || changes.method.is_some()) {
        let message = format!(
            "This PaymentIntent's {} could not be updated because it has a status of {}. You may only update the {0} of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action.",
            if changes.amount.is_some() {
                "amount"
            } else {
                "payment_method"
            },
            intent.status.as_str()
        );
        return Err(unexpected_state(&intent, message).into());
    }
    if let Some(amount) = changes.amount {
        intent.amount = amount;
    }
    if let Some(method) = changes.method {
        allowed(&intent, method)?;
        intent.payment_method = Some(method.id.to_owned());
        intent.status = Status::RequiresConfirmation;
        intent.next_action = None;
    }
    if let Some(metadata) = &changes.metadata {
        merge_metadata(&mut intent.metadata, metadata);
    }
    for (field, change) in [
        (&mut intent.customer, &changes.customer),
        (&mut intent.description, &changes.description),
        (&mut intent.receipt_email, &changes.receipt_email),
    ] {
        if let Some(text) = change {
            *field = Some(text.clone()).filter(|text| !text.is_empty());
        }
    }
    save_details(tx, &intent)?;
    Ok(Answer::ok(json(&intent)))
}
