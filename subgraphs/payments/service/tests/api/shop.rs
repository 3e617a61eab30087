//! A shop of payments alone: the subgraph, the Stripe emulator, and orders as their events tell of them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use clock::Clock;
use events::{
    Envelope, Event,
    orders::{CancelReason, OrderAwaitingPayment, OrderCancelled, OrderExpired, OrderPaid},
};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use identity::Viewer;
use money::{Currency, Money};
use payments::Payments;
use serde_json::{Value, json};
use serving::{
    Job, Metrics, Parts, Served, Serving, Subgraph, config::Settings, graphql::global_id,
};
use stripe_emulator::{
    ApiSwitches, Emulator, EmulatorConfig, RetrySchedule, Switches, WebhookSwitches,
};
use tempfile::TempDir;
use testkit::{Answer, TestApp, until};
use uuid::Uuid;

pub(crate) const SECRET_KEY: &str = "sk_test_shop";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_shop";
pub(crate) const OLD_WEBHOOK_SECRET: &str = "whsec_before";
pub(crate) const TOTAL: i64 = 4_999;

pub(crate) struct Shop {
    pub(crate) app: TestApp<Payments>,
    pub(crate) stripe: Emulator,
    pub(crate) webhooks: String,
    settings: Settings,
    _folder: TempDir,
}

/// A customer with an order that waits for its money.
pub(crate) struct Customer {
    pub(crate) id: Uuid,
    pub(crate) viewer: Viewer,
    pub(crate) order_id: Uuid,
}

impl Shop {
    /// A shop whose webhooks arrive.
    pub(crate) async fn open() -> Self {
        let shop = Self::deaf().await;
        shop.stripe.set_webhook_url(&shop.webhooks).unwrap();
        shop
    }

    /// A shop that no webhook reaches.
    pub(crate) async fn deaf() -> Self {
        Self::deaf_with(|settings| settings).await
    }

    /// A shop that no webhook reaches, with other settings.
    pub(crate) async fn deaf_with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = EmulatorConfig::new(
            folder.path().join("stripe.sqlite"),
            SECRET_KEY,
            "pk_test_shop",
            WEBHOOK_SECRET,
        );
        config.retry = RetrySchedule {
            first: Duration::from_millis(20),
            longest: Duration::from_millis(100),
            ..RetrySchedule::default()
        };
        config.settle_after = Duration::from_millis(500);
        let stripe = Emulator::start(config).await.unwrap();
        let settings = Settings::default()
            .with("payments", "api_url", stripe.url())
            .with("payments", "secret_key", SECRET_KEY)
            .with("payments", "publishable_key", "pk_test_shop")
            .with(
                "payments",
                "webhook_secrets",
                vec![OLD_WEBHOOK_SECRET, WEBHOOK_SECRET],
            )
            .with("payments", "call_attempts", 2)
            .with("payments", "call_backoff_ms", 1)
            .with("payments", "breaker_failures", 1_000)
            .with("payments", "order_patience_ms", 400)
            .with("payments", "cut_off_after_ms", 50)
            .with("payments", "missed_after_ms", 0)
            .with("payments", "ask_after_ms", 50)
            .with("payments", "ask_longest_ms", 50);
        let settings = change(settings);
        let app = TestApp::start_with(settings.clone()).await;
        let webhooks = format!("http://{}/webhooks/stripe", app.serve().await);
        Self {
            app,
            stripe,
            webhooks,
            settings,
            _folder: folder,
        }
    }

    /// The jobs of another replica, which shares nothing with this one but database and provider.
    pub(crate) async fn replica(&self) -> Vec<Job> {
        let registry = prometheus::Registry::new();
        let metrics = Arc::new(Metrics::register(&registry).unwrap());
        let parts = Parts {
            database: self.app.database.clone(),
            clock: self.app.clock.clone(),
            verifier: Arc::clone(&self.app.verifier),
            registry,
            data: self.app.folder().to_owned(),
            shutdown: self.app.shutdown.clone(),
            answers: false,
        };
        let config = self.settings.section("payments", Payments::DEFAULTS);
        let served = Served::<Payments>::start(config.unwrap(), parts, metrics).await;
        served.unwrap().jobs()
    }

    /// A new customer with an order that waits for its money.
    pub(crate) async fn customer(&self) -> Customer {
        let id = self.app.clock.id();
        let customer = Customer {
            id,
            viewer: testkit::customer(id),
            order_id: self.app.clock.id(),
        };
        self.await_payment(&customer).await;
        customer
    }

    pub(crate) async fn await_payment(&self, customer: &Customer) {
        self.await_amount(customer, TOTAL).await;
    }

    pub(crate) async fn await_amount(&self, customer: &Customer, units: i64) {
        let event = OrderAwaitingPayment {
            order_id: customer.order_id,
            number: "7K3M-9QXD-2FTB".to_owned(),
            customer_id: customer.id,
            total: Money::new(units, Currency::USD),
            deadline: self.app.clock.now().plus(Duration::from_mins(15)),
        };
        self.tell(customer, 2, &event).await;
    }

    pub(crate) async fn expire(&self, customer: &Customer) {
        let event = OrderExpired {
            order_id: customer.order_id,
            customer_id: customer.id,
        };
        self.tell(customer, 3, &event).await;
    }

    pub(crate) async fn pay_order(&self, customer: &Customer, payment: &str) {
        let event = OrderPaid {
            order_id: customer.order_id,
            number: "7K3M-9QXD-2FTB".to_owned(),
            customer_id: customer.id,
            payment_id: global_id::decode("Payment", &payment.into()).unwrap(),
            total: Money::new(TOTAL, Currency::USD),
            lines: Vec::new(),
        };
        self.tell(customer, 3, &event).await;
    }

    pub(crate) async fn cancel(&self, customer: &Customer) {
        let event = OrderCancelled {
            order_id: customer.order_id,
            customer_id: customer.id,
            reason: CancelReason::Customer,
            was_paid: true,
        };
        self.tell(customer, 4, &event).await;
    }

    async fn tell<E: Event>(&self, customer: &Customer, sequence: i64, event: &E) {
        let envelope = Envelope::of(&Clock::system(), customer.order_id, sequence, event).unwrap();
        self.app.deliver(&envelope).await;
    }

    pub(crate) async fn create(&self, customer: &Customer, key: Uuid) -> Answer {
        self.send(
            "mutation($input: CreatePaymentInput!) { createPayment(input: $input) { replayed
                payment { id status clientSecret publishableKey amount { units } }
                userErrors { __typename message ... on PaymentNotPossible { reason } ... on InvalidInput { path } } } }",
            json!({ "input": { "orderId": global_id::encode("Order", customer.order_id), "idempotencyKey": key } }),
            &customer.viewer,
        )
        .await
    }

    /// The id of the customer's payment, open at Stripe.
    pub(crate) async fn created(&self, customer: &Customer) -> String {
        let answer = self.create(customer, self.app.clock.id()).await;
        assert_eq!(answer.text("/createPayment/payment/status"), "CREATED");
        answer.text("/createPayment/payment/id")
    }

    pub(crate) async fn confirm(
        &self,
        viewer: &Viewer,
        payment: &str,
        method: &str,
        key: Uuid,
    ) -> Answer {
        self.send(
            "mutation($input: ConfirmPaymentInput!) { confirmPayment(input: $input) { replayed
                payment { id status nextAction { url } attempts { number outcome code declineCode endedAt } }
                userErrors { __typename message ... on PaymentDeclined { code declineCode }
                    ... on PaymentNotPossible { reason } ... on InvalidInput { path } } } }",
            json!({ "input": { "paymentId": payment, "paymentMethod": method, "idempotencyKey": key } }),
            viewer,
        )
        .await
    }

    /// The id of the customer's payment, paid.
    pub(crate) async fn paid(&self, customer: &Customer) -> String {
        let payment = self.created(customer).await;
        let answer = self
            .confirm(
                &customer.viewer,
                &payment,
                "pm_card_visa",
                self.app.clock.id(),
            )
            .await;
        assert_eq!(answer.text("/confirmPayment/payment/status"), "SUCCEEDED");
        payment
    }

    pub(crate) async fn refund(&self, viewer: &Viewer, payment: &str, key: Uuid) -> Answer {
        self.send(
            "mutation($input: RefundPaymentInput!) { refundPayment(input: $input) { replayed
                payment { id status refunded { units } refunds { id status reason amount { units } } }
                userErrors { __typename message ... on RefundNotPossible { reason } } } }",
            json!({ "input": { "paymentId": payment, "idempotencyKey": key } }),
            viewer,
        )
        .await
    }

    pub(crate) async fn send(&self, document: &str, variables: Value, viewer: &Viewer) -> Answer {
        self.app
            .graphql(document)
            .variables(variables)
            .viewer(viewer)
            .send()
            .await
    }

    /// The payment as its customer sees it.
    pub(crate) async fn look(&self, customer: &Customer, payment: &str) -> Value {
        let answer = self
            .send(
                "query($id: ID!) { payment(id: $id) { id status version refunded { units } nextAction { url }
                    attempts { number outcome code } refunds { status reason amount { units } }
                    events { sequence kind } } }",
                json!({ "id": payment }),
                &customer.viewer,
            )
            .await;
        answer.at("/payment").clone()
    }

    /// Lets the reconciler work until the payment has this status.
    pub(crate) async fn until_status(
        &self,
        customer: &Customer,
        payment: &str,
        status: &str,
    ) -> Value {
        until(&format!("a payment that is {status}"), async || {
            self.run_job("payments.reconcile").await;
            let seen = self.look(customer, payment).await;
            (seen["status"] == status).then_some(seen)
        })
        .await
    }

    pub(crate) async fn run_job(&self, name: &str) {
        run_one(&self.app.served.jobs(), name).await;
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

    pub(crate) fn disturb_api(&self, api: ApiSwitches) {
        self.stripe.set_switches(Switches {
            api,
            ..Switches::default()
        });
    }

    pub(crate) fn disturb_webhooks(&self, webhooks: WebhookSwitches) {
        self.stripe.set_switches(Switches {
            webhooks,
            ..Switches::default()
        });
    }

    /// What Stripe itself says, below `/v1`.
    pub(crate) async fn stripe(&self, path: &str) -> Value {
        let request = Request::get(format!("{}/v1{path}", self.stripe.url()))
            .header("authorization", format!("Bearer {SECRET_KEY}"))
            .body(Full::default())
            .unwrap();
        serde_json::from_slice(&call(request).await.1).unwrap()
    }

    /// Acts at Stripe behind the back of payments.
    pub(crate) async fn post_to_stripe(&self, path: &str, form: &str) -> Value {
        let request = Request::post(format!("{}/v1{path}", self.stripe.url()))
            .header("authorization", format!("Bearer {SECRET_KEY}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(form.to_owned())))
            .unwrap();
        serde_json::from_slice(&call(request).await.1).unwrap()
    }

    /// The one intent there is at Stripe.
    pub(crate) async fn intent(&self) -> Value {
        let list = self.stripe("/payment_intents").await;
        let intents = list["data"].as_array().unwrap();
        assert_eq!(intents.len(), 1, "{list:#}");
        intents[0].clone()
    }

    /// Sends a webhook as if from Stripe.
    pub(crate) async fn webhook(&self, body: impl Into<Bytes>, signature: &str) -> StatusCode {
        let request = Request::post(&self.webhooks)
            .header("stripe-signature", signature)
            .header("content-type", "application/json")
            .body(Full::new(body.into()))
            .unwrap();
        call(request).await.0
    }
}

/// Runs the job of this name once.
pub(crate) async fn run_one(jobs: &[Job], name: &str) {
    let job = jobs.iter().find(|job| job.name == name).unwrap();
    (job.run)().await.unwrap();
}

/// Sends a request without a body.
pub(crate) async fn post(url: &str) -> StatusCode {
    call(Request::post(url).body(Full::default()).unwrap())
        .await
        .0
}

async fn call(request: Request<Full<Bytes>>) -> (StatusCode, Bytes) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = tokio::time::timeout(Duration::from_secs(30), client.request(request))
        .await
        .unwrap()
        .unwrap();
    let status = response.status();
    (
        status,
        response.into_body().collect().await.unwrap().to_bytes(),
    )
}

/// The types of the user errors of a mutation.
pub(crate) fn refusals(answer: &Answer, mutation: &str) -> Vec<String> {
    answer
        .at(&format!("/{mutation}/userErrors"))
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["__typename"].as_str().unwrap().to_owned())
        .collect()
}
