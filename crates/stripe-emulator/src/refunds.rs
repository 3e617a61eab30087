use std::collections::BTreeMap;

use serde_json::json;

use crate::error::{self, ApiError, Stop};
use crate::events::emit;
use crate::identifiers::mint;
use crate::objects::{Charge, PaymentIntent, Refund};
use crate::params::Params;
use crate::store::{self, Table, insert_refund, save_charge};
use crate::writer::{Answer, Tx};

/// Validated parameters of a new refund.
#[derive(Debug)]
pub(crate) struct NewRefund {
    charge: Option<String>,
    payment_intent: Option<String>,
    amount: Option<i64>,
    reason: Option<String>,
    metadata: BTreeMap<String, String>,
}

impl NewRefund {
    pub(crate) fn parse(params: Params<'_>) -> Result<Self, ApiError> {
        params.only(&[
            "amount",
            "charge",
            "expand",
            "metadata",
            "payment_intent",
            "reason",
        ])?;
        let new = Self {
            charge: params.text("charge")?,
            payment_intent: params.text("payment_intent")?,
            amount: params.integer("amount")?,
            reason: params.choice(
                "reason",
                &["duplicate", "fraudulent", "requested_by_customer"],
            )?,
            metadata: params.metadata()?.unwrap_or_default(),
        };
        if new.charge.is_none() && new.payment_intent.is_none() {
            return Err(ApiError::invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
            )
            .code("parameter_missing"));
        }
        if new.amount.is_some_and(|amount| amount < 1) {
            return Err(ApiError::invalid("Invalid positive integer")
                .code("parameter_invalid_integer")
                .param("amount"));
        }
        Ok(new)
    }
}

/// Refunds a charge, in part or in what is left of it.
pub(crate) fn create(tx: &mut Tx<'_>, new: &NewRefund) -> Result<Answer, Stop> {
    let mut charge = charge(tx, new)?;
    let left = charge.amount_captured - charge.amount_refunded;
    if left == 0 {
        return Err(
            ApiError::invalid(format!("Charge {} has already been refunded.", charge.id))
                .code("charge_already_refunded")
                .into(),
        );
    }
    let amount = new.amount.unwrap_or(left);
    if amount > left {
        return Err(ApiError::invalid(format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({left}), in the smallest unit of {}",
            charge.currency
        ))
        .param("amount")
        .into());
    }
    let refund = Refund {
        id: mint("re_"),
        object: "refund".to_owned(),
        amount,
        balance_transaction: (),
        charge: charge.id.clone(),
        created: tx.now(),
        currency: charge.currency.clone(),
        customer: charge.customer.clone(),
        customer_account: (),
        destination_details: destination(&charge),
        metadata: new.metadata.clone(),
        payment_intent: charge.payment_intent.clone(),
        payment_method: Some(charge.payment_method.clone()),
        reason: new.reason.clone(),
        receipt_number: (),
        source_transfer_reversal: (),
        status: "succeeded".to_owned(),
        transfer_reversal: (),
    };
    let before = json!({ "amount_refunded": charge.amount_refunded, "refunded": charge.refunded });
    charge.amount_refunded += amount;
    charge.refunded = charge.amount_refunded == charge.amount_captured;
    insert_refund(tx, &refund)?;
    save_charge(tx, &charge)?;
    emit(tx, "refund.created", &refund, None)?;
    emit(tx, "charge.refunded", &charge, Some(before))?;
    let unreferenced = json!({ "destination_details": null });
    emit(tx, "refund.updated", &refund, Some(unreferenced))?;
    Ok(Answer::ok(error::json(&refund)))
}

/// The charge to refund: the named one, or the successful one of the named intent.
fn charge(tx: &Tx<'_>, new: &NewRefund) -> Result<Charge, Stop> {
    let missing = |object: &str, id: &str, param: &str| {
        ApiError::invalid(format!("No such {object}: '{id}'"))
            .code("resource_missing")
            .param(param)
    };
    let intent: Option<PaymentIntent> = match &new.payment_intent {
        None => None,
        Some(id) => Some(
            store::load(tx.conn, Table::Intents, id)?
                .ok_or_else(|| missing("payment_intent", id, "payment_intent"))?,
        ),
    };
    let named = new
        .charge
        .as_ref()
        .or(intent.as_ref().and_then(|it| it.latest_charge.as_ref()));
    let charge: Option<Charge> = match named {
        Some(id) => store::load(tx.conn, Table::Charges, id)?,
        None => None,
    };
    match (charge, intent, &new.charge) {
        (Some(charge), Some(intent), _) if charge.payment_intent != intent.id => Err(
            ApiError::invalid("The charge and the payment_intent do not belong together.")
                .param("charge")
                .into(),
        ),
        (Some(charge), _, _) if charge.status == "succeeded" => Ok(charge),
        (_, Some(intent), _) => Err(ApiError::invalid(format!(
            "This PaymentIntent ({}) does not have a successful charge to refund.",
            intent.id
        ))
        .param("payment_intent")
        .into()),
        (None, None, Some(id)) => Err(missing("charge", id, "charge").into()),
        (Some(charge), None, _) => Err(ApiError::invalid(format!(
            "Charge {} has a status of {} and cannot be refunded.",
            charge.id, charge.status
        ))
        .param("charge")
        .into()),
        (None, None, None) => Err(ApiError::internal().into()),
    }
}

fn destination(charge: &Charge) -> serde_json::Value {
    let kind = charge.payment_method_details["type"]
        .as_str()
        .unwrap_or("card");
    if kind == "card" {
        return json!({
            "type": "card",
            "card": {
                "reference": "emulated", "reference_status": "available",
                "reference_type": "acquirer_reference_number", "type": "refund",
            },
        });
    }
    let mut details = json!({ "type": kind });
    details[kind] = json!({});
    details
}
