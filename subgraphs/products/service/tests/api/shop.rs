//! A products subgraph with goods in it, and what tests say to it.

use clock::{Clock, Timestamp};
use events::{
    Envelope,
    orders::{CancelReason, OrderCancelled, OrderExpired, OrderPaid, OrderPlaced, OrderedLine},
    products::ProductChanged,
};
use money::{Currency, Money};
use products::Products;
use serde_json::{Value, json};
use serving::graphql::global_id;
use testkit::{Answer, TestApp, staff};
use uuid::Uuid;

pub(crate) type App = TestApp<Products>;

pub(crate) const CREATE: &str = "mutation($input: CreateProductInput!) { createProduct(input: $input) {
    productId replayed product { id slug name version state variants { id sku name price { units currency } stock { available onHand reserved } } }
    userErrors { __typename message ... on InvalidInput { path } ... on SlugTaken { slug } ... on SkuTaken { sku } } } }";

pub(crate) async fn start() -> App {
    TestApp::start().await
}

/// A product without options: one variant, so many in stock.
pub(crate) fn simple(slug: &str, name: &str, units: i64, on_hand: i64) -> Value {
    json!({ "slug": slug, "name": name, "publish": true,
        "variants": [{ "sku": slug.to_uppercase(), "price": { "units": units, "currency": "USD" }, "onHand": on_hand }] })
}

/// Creates a product as staff.
pub(crate) async fn create(app: &App, product: Value) -> Answer {
    let variables = json!({ "input": { "product": product } });
    app.graphql(CREATE)
        .variables(variables)
        .viewer(&staff())
        .send()
        .await
}

/// A published product: its id and its first variant's, as clients know them.
#[derive(Clone, Debug)]
pub(crate) struct Goods {
    pub product: String,
    pub variant: String,
    pub variant_key: Uuid,
}

/// Creates a product and forgets its events.
pub(crate) async fn stocked(app: &App, slug: &str, on_hand: i64) -> Goods {
    goods(app, simple(slug, slug, 1_999, on_hand)).await
}

/// Creates this product and forgets its events.
pub(crate) async fn goods(app: &App, product: Value) -> Goods {
    let answer = create(app, product).await;
    assert_eq!(
        answer.at("/createProduct/userErrors"),
        &json!([]),
        "{answer:?}"
    );
    app.ignore_events().await;
    let variant = answer.text("/createProduct/product/variants/0/id");
    Goods {
        product: answer.text("/createProduct/product/id"),
        variant_key: global_id::decode("Variant", &variant.clone().into()).unwrap(),
        variant,
    }
}

/// What staff see of the stock: on hand and reserved.
pub(crate) async fn levels(app: &App, goods: &Goods) -> (i64, i64) {
    let answer = app
        .graphql("query($ids: [ID!]!) { stock(variantIds: $ids) { onHand reserved } }")
        .variables(json!({ "ids": [goods.variant] }))
        .viewer(&staff())
        .send()
        .await;
    let number = |name: &str| answer.at(&format!("/stock/0/{name}")).as_i64().unwrap();
    (number("onHand"), number("reserved"))
}

/// A mutation as staff, with its answer below its name.
pub(crate) async fn mutate(
    app: &App,
    name: &str,
    kind: &str,
    selection: &str,
    input: Value,
) -> Answer {
    let document = format!(
        "mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} replayed
            userErrors {{ __typename message ... on InvalidInput {{ path }} ... on StaleVersion {{ current }}
            ... on StockShortage {{ requested available }} }} }} }}"
    );
    app.graphql(&document)
        .variables(json!({ "input": input }))
        .viewer(&staff())
        .send()
        .await
}

/// The type of the first user error of the only mutation of an answer.
pub(crate) fn refusal(answer: &Answer) -> String {
    let payloads = answer.data().as_object().unwrap();
    let first = &payloads.values().next().unwrap()["userErrors"][0];
    first["__typename"].as_str().unwrap_or_default().to_owned()
}

/// Fails unless both a stranger and a customer are refused the document.
pub(crate) async fn staff_only(app: &App, document: &str, variables: Value) {
    let stranger = app
        .graphql(document)
        .variables(variables.clone())
        .send()
        .await;
    assert_eq!(stranger.code(), "UNAUTHENTICATED");
    let customer = testkit::customer(app.clock.id());
    let refused = app
        .graphql(document)
        .variables(variables)
        .viewer(&customer)
        .send()
        .await;
    assert_eq!(refused.code(), "FORBIDDEN");
}

fn envelope<E: events::Event>(order: Uuid, sequence: i64, event: &E) -> Envelope {
    Envelope::of(&Clock::system(), order, sequence, event).unwrap()
}

/// Lines of an order.
pub(crate) fn lines(of: &[(&Goods, u32)]) -> Vec<OrderedLine> {
    let line = |(goods, quantity): &(&Goods, u32)| OrderedLine {
        line_id: Clock::system().id(),
        variant_id: goods.variant_key,
        quantity: *quantity,
        unit_price: Money::new(1_999, Currency::USD),
    };
    of.iter().map(line).collect()
}

pub(crate) fn placed(order: Uuid, lines: Vec<OrderedLine>, hold_millis: i64) -> Envelope {
    let event = OrderPlaced {
        order_id: order,
        number: "7K3M-9QXD-2FTB".to_owned(),
        customer_id: Uuid::from_u128(1),
        total: Money::new(1_999, Currency::USD),
        lines,
        hold_millis,
    };
    envelope(order, 1, &event)
}

pub(crate) fn paid(order: Uuid, lines: Vec<OrderedLine>) -> Envelope {
    let event = OrderPaid {
        order_id: order,
        number: "7K3M-9QXD-2FTB".to_owned(),
        customer_id: Uuid::from_u128(1),
        payment_id: Uuid::from_u128(2),
        total: Money::new(1_999, Currency::USD),
        lines,
    };
    envelope(order, 3, &event)
}

pub(crate) fn cancelled(order: Uuid, was_paid: bool) -> Envelope {
    let event = OrderCancelled {
        order_id: order,
        customer_id: Uuid::from_u128(1),
        reason: CancelReason::Customer,
        was_paid,
    };
    envelope(order, 4, &event)
}

pub(crate) fn expired(order: Uuid) -> Envelope {
    envelope(
        order,
        4,
        &OrderExpired {
            order_id: order,
            customer_id: Uuid::from_u128(1),
        },
    )
}

/// The types of these events, in order.
pub(crate) fn kinds(events: &[Envelope]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

/// The snapshot in the first `product.changed` of these events.
pub(crate) fn snapshot(events: &[Envelope]) -> ProductChanged {
    events
        .iter()
        .find(|event| event.kind == "product.changed.v1")
        .unwrap()
        .parse()
        .unwrap()
}

/// The sums of the ledger of a variant, which are its stock: on hand and reserved.
pub(crate) async fn ledger_sums(app: &App, goods: &Goods) -> (i64, i64) {
    let answer = app
        .graphql("query($id: ID!) { stockLedger(variantId: $id, first: 100) { nodes { onHandChange reservedChange } } }")
        .variables(json!({ "id": goods.variant }))
        .viewer(&staff())
        .send()
        .await;
    let nodes = answer.at("/stockLedger/nodes").as_array().unwrap().clone();
    let sum = |name: &str| nodes.iter().map(|node| node[name].as_i64().unwrap()).sum();
    (sum("onHandChange"), sum("reservedChange"))
}

/// A time long past, for what must have happened since.
pub(crate) const LONG_AGO: Timestamp = Timestamp::from_millis(1_600_000_000_000);
