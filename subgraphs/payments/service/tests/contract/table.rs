//! The table of requests, and the tests that send it to the emulator and to stripe-mock.

use serde_json::Value;

use crate::{
    alike::{differences, error_differences},
    provider::{Provider, emulator},
};

/// One request. In path and parameters `{open}`, `{paid}`, `{charge}`, `{refund}` and `{event}` stand for ids.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) parameters: &'static [(&'static str, &'static str)],
    /// Whether payments sends it.
    pub(crate) sent: bool,
    status: u16,
}

const fn row(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    parameters: &'static [(&'static str, &'static str)],
) -> Row {
    Row {
        name,
        method,
        path,
        parameters,
        sent: false,
        status: 200,
    }
}

const fn sent(row: Row) -> Row {
    Row { sent: true, ..row }
}

const fn refused(row: Row, status: u16) -> Row {
    Row { status, ..row }
}

const ID: &str = "019a0000-0000-7000-8000-000000000001";
const INTENTS: &str = "/v1/payment_intents";
const CONFIRM: &str = "/v1/payment_intents/{open}/confirm";
const BACK: (&str, &str) = ("return_url", "https://shop.example/back");

/// Every request that payments sends, those that other clients of the emulator send, and some that are wrong.
pub(crate) const TABLE: &[Row] = &[
    sent(row(
        "create",
        "POST",
        INTENTS,
        &[
            ("amount", "4999"),
            ("currency", "usd"),
            ("automatic_payment_methods[enabled]", "true"),
            ("metadata[payment_id]", ID),
            ("metadata[order_id]", ID),
        ],
    )),
    sent(row(
        "find",
        "GET",
        INTENTS,
        &[("created[gte]", "1700000000"), ("limit", "100")],
    )),
    sent(row(
        "find on the next page",
        "GET",
        INTENTS,
        &[
            ("created[gte]", "1700000000"),
            ("limit", "100"),
            ("starting_after", "{open}"),
        ],
    )),
    sent(row("retrieve", "GET", "/v1/payment_intents/{paid}", &[])),
    sent(row(
        "confirm",
        "POST",
        CONFIRM,
        &[("payment_method", "pm_card_visa"), BACK],
    )),
    sent(row(
        "cancel",
        "POST",
        "/v1/payment_intents/{open}/cancel",
        &[],
    )),
    sent(row(
        "refund",
        "POST",
        "/v1/refunds",
        &[
            ("payment_intent", "{paid}"),
            ("amount", "999"),
            ("metadata[refund_id]", ID),
        ],
    )),
    sent(row(
        "refunds of an intent",
        "GET",
        "/v1/refunds",
        &[("payment_intent", "{paid}"), ("limit", "100")],
    )),
    sent(row("missed events", "GET", "/v1/events", MISSED)),
    sent(row(
        "missed events on the next page",
        "GET",
        "/v1/events",
        MISSED_NEXT,
    )),
    row(
        "confirm with a card that asks the customer",
        "POST",
        CONFIRM,
        &[("payment_method", "pm_card_threeDSecure2Required"), BACK],
    ),
    row(
        "confirm with a bank account",
        "POST",
        CONFIRM,
        &[("payment_method", "pm_usBankAccount"), BACK],
    ),
    row(
        "update",
        "POST",
        "/v1/payment_intents/{open}",
        &[("description", "two cups"), ("metadata[note]", "gift")],
    ),
    row(
        "retrieve with its charge",
        "GET",
        "/v1/payment_intents/{paid}",
        &[("expand[]", "latest_charge")],
    ),
    row("charge", "GET", "/v1/charges/{charge}", &[]),
    row("charges", "GET", "/v1/charges", &[("limit", "3")]),
    row("refund by id", "GET", "/v1/refunds/{refund}", &[]),
    row("event", "GET", "/v1/events/{event}", &[]),
    row("card", "GET", "/v1/payment_methods/pm_card_visa", &[]),
    refused(
        row("no amount", "POST", INTENTS, &[("currency", "usd")]),
        400,
    ),
    refused(
        row(
            "an amount in words",
            "POST",
            INTENTS,
            &[("amount", "many"), ("currency", "usd")],
        ),
        400,
    ),
    refused(
        row(
            "an unknown parameter",
            "POST",
            INTENTS,
            &[("amount", "4999"), ("currency", "usd"), ("colour", "red")],
        ),
        400,
    ),
    refused(
        row(
            "an unknown choice",
            "POST",
            INTENTS,
            &[
                ("amount", "4999"),
                ("currency", "usd"),
                ("capture_method", "by_hand"),
            ],
        ),
        400,
    ),
    refused(
        row(
            "a refund for an unknown reason",
            "POST",
            "/v1/refunds",
            &[("payment_intent", "{paid}"), ("reason", "whim")],
        ),
        400,
    ),
    refused(
        row(
            "a list of a length in words",
            "GET",
            "/v1/refunds",
            &[("limit", "all")],
        ),
        400,
    ),
    refused(row("an unknown resource", "GET", "/v1/moons", &[]), 404),
];

const MISSED: &[(&str, &str)] = &[
    ("created[gte]", "1700000000"),
    ("created[lte]", "1900000000"),
    ("delivery_success", "false"),
    ("limit", "100"),
    ("types[0]", "payment_intent.created"),
    ("types[1]", "payment_intent.requires_action"),
    ("types[2]", "payment_intent.processing"),
    ("types[3]", "payment_intent.payment_failed"),
    ("types[4]", "payment_intent.succeeded"),
    ("types[5]", "payment_intent.canceled"),
    ("types[6]", "refund.created"),
    ("types[7]", "refund.updated"),
    ("types[8]", "refund.failed"),
];
const MISSED_NEXT: &[(&str, &str)] = &[
    ("created[gte]", "1700000000"),
    ("created[lte]", "1900000000"),
    ("delivery_success", "false"),
    ("limit", "100"),
    ("starting_after", "{event}"),
    ("types[0]", "payment_intent.created"),
    ("types[1]", "payment_intent.requires_action"),
    ("types[2]", "payment_intent.processing"),
    ("types[3]", "payment_intent.payment_failed"),
    ("types[4]", "payment_intent.succeeded"),
    ("types[5]", "payment_intent.canceled"),
    ("types[6]", "refund.created"),
    ("types[7]", "refund.updated"),
    ("types[8]", "refund.failed"),
];

/// The row with its ids put in, as a path and a form.
async fn filled(emulator: &Provider, row: &Row) -> (String, Vec<(String, String)>) {
    let ids = emulator.ids().await;
    let fill = |text: &str| {
        ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("{{{name}}}"), id)
        })
    };
    let parameters = row
        .parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), fill(value)));
    (fill(row.path), parameters.collect())
}

/// Sends the table to both; what they do not answer alike fails the test, all of it at once.
#[tokio::test]
async fn the_emulator_answers_as_stripe_mock_does() {
    let Some(address) = testkit::server("EMPORIUM_TEST_STRIPE_MOCK") else {
        return;
    };
    let (emulator, _running) = emulator().await;
    let mock = Provider::at(&address);
    let mut found = Vec::new();
    for row in TABLE {
        let (path, parameters) = filled(&emulator, row).await;
        let theirs = mock.send(row.method, &path, &parameters).await;
        let ours = emulator.send(row.method, &path, &parameters).await;
        let mut wrong = if row.status == 200 {
            differences(&theirs.1, &ours.1)
        } else {
            error_differences(&theirs.1, &ours.1)
        };
        for (who, answer) in [("stripe-mock", &theirs), ("the emulator", &ours)] {
            if answer.0 != row.status {
                wrong.push(format!("{who} answers {}: {}", answer.0, answer.1));
            }
        }
        found.extend(
            wrong
                .into_iter()
                .map(|text| format!("{}: {text}", row.name)),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn both_refuse_whoever_has_no_key() {
    let Some(address) = testkit::server("EMPORIUM_TEST_STRIPE_MOCK") else {
        return;
    };
    let (emulator, _running) = emulator().await;
    let mut answers: Vec<(u16, Value)> = Vec::new();
    for provider in [Provider::at(&address), emulator] {
        let nobody = Provider {
            key: String::new(),
            ..provider
        };
        answers.push(nobody.send("GET", INTENTS, &[]).await);
    }
    assert_eq!((answers[0].0, answers[1].0), (401, 401));
    assert_eq!(
        error_differences(&answers[0].1, &answers[1].1),
        Vec::<String>::new()
    );
}
