//! Whether two answers have the same fields of the same types.

use serde_json::Value;

/// Fields that are null in the emulator's answers and may be, by Stripe's specification, while stripe-mock makes up a
/// value for them.
const NULLABLE: &[&str] = &[
    "charge.balance_transaction",
    "charge.description",
    "charge.receipt_url",
    "charge.shipping",
    "charge.transfer_data",
    "charge.billing_details.name",
    "charge.payment_method_details.card.installments",
    "charge.payment_method_details.card.three_d_secure",
    "charge.payment_method_details.card.wallet",
    "payment_intent.canceled_at",
    "payment_intent.last_payment_error",
    "payment_intent.latest_charge",
    "payment_intent.managed_payments",
    "payment_intent.next_action",
    "payment_intent.payment_method_configuration_details",
    "payment_intent.processing",
    "payment_intent.shipping",
    "payment_intent.transfer_data",
    "payment_method.billing_details.address.city",
    "payment_method.billing_details.address.country",
    "payment_method.billing_details.address.line1",
    "payment_method.billing_details.address.postal_code",
    "payment_method.billing_details.address.state",
    "payment_method.billing_details.email",
    "payment_method.billing_details.phone",
    "payment_method.card.generated_from",
    "payment_method.card.wallet",
];

/// Fields that the specification leaves out unless they are asked for.
const ASKED_FOR: &[&str] = &["charge.refunds"];

/// Objects with keys of the caller's or, in an event, of whatever it is about.
const FREE: &[&str] = &[
    "charge.metadata",
    "payment_intent.metadata",
    "payment_method.metadata",
    "refund.metadata",
    "event.data.object",
    // Which one it has depends on the type.
    "payment_intent.next_action",
    "payment_intent.last_payment_error",
];

/// Fields of an error that its cause decides about.
const OF_AN_ERROR: &[&str] = &[
    "code",
    "decline_code",
    "doc_url",
    "message",
    "param",
    "payment_intent",
    "payment_method",
    "charge",
    "type",
];

/// What is not alike in an object or a list of objects.
pub(crate) fn differences(theirs: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", theirs, ours, &mut found);
    found
}

/// What is not alike in two errors.
pub(crate) fn error_differences(theirs: &Value, ours: &Value) -> Vec<String> {
    let (theirs, ours) = (&theirs["error"], &ours["error"]);
    let mut found = Vec::new();
    if theirs["type"] != ours["type"] {
        found.push(format!("type {} and not {}", ours["type"], theirs["type"]));
    }
    if !(theirs["message"].is_string() && ours["message"].is_string()) {
        found.push(format!("no message in {ours}"));
    }
    for field in ours.as_object().into_iter().flat_map(|error| error.keys()) {
        if !OF_AN_ERROR.contains(&field.as_str()) {
            found.push(format!("error.{field} is not in the specification"));
        }
    }
    found
}

fn compare(path: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    // Paths begin anew at each object of a kind of its own, so that a field has one name wherever it is.
    let kind = theirs["object"].as_str();
    let path = match kind {
        Some(kind) if !FREE.contains(&path) => kind,
        _ => path,
    };
    let free = FREE.contains(&path) && ours.is_object() && theirs.is_object();
    // Of what type a null would be is not known.
    if free || theirs.is_null() {
        return;
    }
    match (theirs, ours) {
        (_, Value::Null) => {
            if !NULLABLE.contains(&path) {
                found.push(format!("{path} is null"));
            }
        }
        (Value::Object(theirs), Value::Object(ours)) => {
            for (field, value) in theirs {
                let inner = format!("{path}.{field}");
                match ours.get(field) {
                    Some(own) => compare(&inner, value, own, found),
                    None if ASKED_FOR.contains(&inner.as_str()) => {}
                    None => found.push(format!("{inner} is missing")),
                }
            }
            for field in ours.keys().filter(|field| !theirs.contains_key(*field)) {
                // stripe-mock shows of an inner object as little as it may.
                if kind.is_some() {
                    found.push(format!("{path}.{field} is not in the specification"));
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            if let (Some(theirs), Some(ours)) = (theirs.first(), ours.first()) {
                compare(path, theirs, ours, found);
            } else if ours.is_empty() && !theirs.is_empty() {
                found.push(format!("{path} is empty, so its items are not compared"));
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_)) => {}
        _ => found.push(format!("{path} is {ours} and not such as {theirs}")),
    }
}

#[test]
fn sees_what_is_missing_null_of_another_type_or_too_much() {
    let theirs = serde_json::json!({
        "object": "refund", "id": "re_1", "amount": 1, "reason": null, "metadata": {"a": "b"},
        "details": {"type": "card"}, "charge": "ch_1",
    });
    let ours = serde_json::json!({
        "object": "refund", "id": null, "amount": "1", "reason": "duplicate", "metadata": {},
        "details": {"kind": "card"}, "colour": "red",
    });
    let mut found = differences(&theirs, &ours);
    found.sort();
    assert_eq!(
        found,
        [
            "refund.amount is \"1\" and not such as 1",
            "refund.charge is missing",
            "refund.colour is not in the specification",
            "refund.details.type is missing",
            "refund.id is null",
        ]
    );
}
