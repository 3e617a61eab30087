//! A shop to test with: orders with a few things to sell, and the other subgraphs' events on demand.

use clock::Clock;
use events::{
    Envelope, Event,
    payments::PaymentSucceeded,
    products::{
        InventoryReserved, ProductChanged, ReservedLine, SaleState, StockChanged, VariantSnapshot,
    },
};
use identity::Viewer;
use money::{Currency, Money};
use orders::Orders;
use serde_json::{Value, json};
use serving::{Serving, config::Settings, graphql::global_id};
use testkit::{Answer, TestApp, customer};
use uuid::Uuid;

/// What every cart mutation is asked for.
pub(crate) const CART: &str = "cart { id version quantity address { name country } lines { id quantity available name \
    unitPrice { units } total { units } variant { id } problems { __typename } } \
    totals { subtotal { units } shipping { units } tax { units } total { units decimal currency } } \
    problems { __typename message lineId } } cartToken replayed userErrors { __typename message \
    ... on InvalidInput { path } ... on StaleVersion { current } ... on CartFull { limit } }";

/// What every order mutation is asked for.
pub(crate) const ORDER: &str = "order { id number status nextStates version } replayed userErrors { __typename message \
    ... on InvalidInput { path } ... on StaleVersion { current } ... on OutOfStock { lineId available variant { id } } \
    ... on TotalChanged { actual { units } } ... on InvalidTransition { status nextStates } }";

pub(crate) struct Shop {
    pub(crate) app: TestApp<Orders>,
}

pub(crate) fn usd(units: i64) -> Money {
    Money::new(units, Currency::USD)
}

pub(crate) fn id() -> Uuid {
    Clock::system().id()
}

pub(crate) fn key() -> String {
    id().to_string()
}

pub(crate) fn gid(kind: &str, key: Uuid) -> String {
    global_id::encode(kind, key).to_string()
}

pub(crate) fn shopper() -> Viewer {
    customer(id())
}

/// The type names of the user errors of the only field of an answer.
pub(crate) fn refusals(answer: &Answer) -> Vec<String> {
    let payload = answer.data().as_object().unwrap().values().next().unwrap();
    let errors = payload["userErrors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["__typename"].as_str().unwrap().to_owned())
        .collect()
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_with(Settings::default()).await
    }

    pub(crate) async fn open_with(settings: Settings) -> Self {
        Self {
            app: TestApp::start_with(settings).await,
        }
    }

    pub(crate) async fn send(&self, viewer: &Viewer, document: &str, variables: Value) -> Answer {
        self.app
            .graphql(document)
            .variables(variables)
            .viewer(viewer)
            .send()
            .await
    }

    /// Runs `mutation { name(input: …) }` and asks for `payload`.
    pub(crate) async fn mutate(
        &self,
        viewer: &Viewer,
        name: &str,
        payload: &str,
        input: Value,
    ) -> Answer {
        let capital = name[..1].to_uppercase() + &name[1..];
        let document = format!(
            "mutation($input: {capital}Input!) {{ {name}(input: $input) {{ {payload} }} }}"
        );
        self.send(viewer, &document, json!({ "input": input }))
            .await
    }

    pub(crate) async fn cart_mutation(&self, viewer: &Viewer, name: &str, input: Value) -> Answer {
        self.mutate(viewer, name, CART, input).await
    }

    pub(crate) async fn order_mutation(&self, viewer: &Viewer, name: &str, input: Value) -> Answer {
        self.mutate(viewer, name, ORDER, input).await
    }

    pub(crate) async fn tell<E: Event>(&self, aggregate: Uuid, event: &E) {
        let envelope = Envelope::of(&self.app.clock, aggregate, 1, event).unwrap();
        self.app.deliver(&envelope).await;
    }

    /// Something that costs `units` and of which `available` are there; gives the variant.
    pub(crate) async fn sells(&self, units: i64, available: i64) -> Uuid {
        let (product, variant) = (id(), id());
        self.product(product, 1, SaleState::Published, &[(variant, units)])
            .await;
        self.stock(variant, 1, available).await;
        variant
    }

    pub(crate) async fn product(
        &self,
        product: Uuid,
        version: i64,
        state: SaleState,
        variants: &[(Uuid, i64)],
    ) {
        let snapshot = |(variant_id, units): &(Uuid, i64)| VariantSnapshot {
            variant_id: *variant_id,
            sku: format!("SKU-{}", variant_id.simple()),
            name: "Blue".to_owned(),
            price: usd(*units),
            state: SaleState::Published,
        };
        let event = ProductChanged {
            product_id: product,
            version,
            state,
            slug: "mug".to_owned(),
            name: "Mug".to_owned(),
            category_ids: Vec::new(),
            variants: variants.iter().map(snapshot).collect(),
        };
        self.tell(product, &event).await;
    }

    pub(crate) async fn stock(&self, variant: Uuid, version: i64, available: i64) {
        let event = StockChanged {
            variant_id: variant,
            product_id: id(),
            version,
            on_hand: available,
            reserved: 0,
            available,
        };
        self.tell(variant, &event).await;
    }

    pub(crate) async fn add(&self, viewer: &Viewer, variant: Uuid, quantity: i64) -> Answer {
        let input = json!({ "variantId": gid("Variant", variant), "quantity": quantity });
        self.cart_mutation(viewer, "addToCart", input).await
    }

    pub(crate) fn address() -> Value {
        json!({ "name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London",
            "postalCode": "SW1Y 4JH", "country": "GB" })
    }

    /// A cart with an address and these pieces of a variant; gives its id.
    pub(crate) async fn ready_cart(&self, viewer: &Viewer, variant: Uuid, quantity: i64) -> String {
        self.add(viewer, variant, quantity).await;
        let input = json!({ "address": Self::address() });
        self.cart_mutation(viewer, "setCartAddress", input)
            .await
            .text("/setCartAddress/cart/id")
    }

    pub(crate) async fn place(&self, viewer: &Viewer, cart: &str, key: &str) -> Answer {
        let input = json!({ "cartId": cart, "idempotencyKey": key });
        self.order_mutation(viewer, "placeOrder", input).await
    }

    /// A PENDING order of one piece at 10.00; gives its id as a key.
    pub(crate) async fn ordered(&self, viewer: &Viewer) -> Uuid {
        let variant = self.sells(1_000, 5).await;
        let cart = self.ready_cart(viewer, variant, 1).await;
        let placed = self.place(viewer, &cart, &key()).await;
        let order = async_graphql::ID(placed.text("/placeOrder/order/id"));
        global_id::decode("Order", &order).unwrap()
    }

    pub(crate) async fn reserved(&self, order: Uuid) {
        let line = ReservedLine {
            line_id: id(),
            variant_id: id(),
            quantity: 1,
        };
        let expires_at = self.app.clock.now();
        self.tell(
            order,
            &InventoryReserved {
                order_id: order,
                lines: vec![line],
                expires_at,
            },
        )
        .await;
    }

    /// The total of what [`Shop::ordered`] orders: 10.00, 5.99 for shipping, 8.5 % of both.
    pub(crate) const TOTAL: i64 = 1_735;

    pub(crate) async fn paid(&self, order: Uuid, units: i64) {
        let payment_id = id();
        let event = PaymentSucceeded {
            payment_id,
            order_id: order,
            amount: usd(units),
        };
        self.tell(payment_id, &event).await;
    }

    pub(crate) async fn order(&self, viewer: &Viewer, order: Uuid) -> Answer {
        let document = "query($id: ID!) { order(by: { id: $id }) { id status nextStates version refunded { units } \
            rejections { lineId requested available variant { id } } cancellation { by reason refund { units } } \
            shipment { carrier trackingNumber } paymentDeadline \
            events { version type status declineCode amount { units } reason deadline rejections { available } } } }";
        self.send(viewer, document, json!({ "id": gid("Order", order) }))
            .await
    }

    pub(crate) async fn status(&self, viewer: &Viewer, order: Uuid) -> String {
        self.order(viewer, order).await.text("/order/status")
    }

    /// Runs a job once, as its time had come.
    pub(crate) async fn run_job(&self, name: &str) {
        let job = self
            .app
            .served
            .jobs()
            .into_iter()
            .find(|job| job.name == name)
            .unwrap();
        (job.run)().await.unwrap();
    }

    /// The types of the events that were announced, in order.
    pub(crate) async fn announced(&self) -> Vec<String> {
        self.app
            .events()
            .await
            .into_iter()
            .map(|event| event.kind)
            .collect()
    }
}
