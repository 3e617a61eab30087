//! What a role must be told before it may start, every problem at once and with its mend.

use database::DatabaseConfig;
use messaging::KafkaConfig;
use router::RouterConfig;
use serving::{Subgraph, config::Settings};

use super::serve::{Domain, Role, ServeArgs};
use crate::settings::{
    self, DATABASE_DEFAULTS, DatabaseSettings, Profile, SHOP_DEFAULTS, ShopSettings,
};

/// The settings that the questions below are about.
struct Told {
    shop: ShopSettings,
    database: DatabaseSettings,
    kafka: KafkaConfig,
    router: RouterConfig,
    users: users::Config,
    products: <products::Products as Subgraph>::Config,
    payments: payments::Config,
}

impl Told {
    fn read(settings: &Settings) -> Option<Self> {
        Some(Self {
            shop: settings.section("shop", SHOP_DEFAULTS).ok()?,
            database: settings.section("database", DATABASE_DEFAULTS).ok()?,
            kafka: settings.section("kafka", messaging::KAFKA_DEFAULTS).ok()?,
            router: settings.section("router", router::DEFAULTS).ok()?,
            users: settings.section("users", users::Users::DEFAULTS).ok()?,
            products: settings
                .section("products", products::Products::DEFAULTS)
                .ok()?,
            payments: settings
                .section("payments", payments::Payments::DEFAULTS)
                .ok()?,
        })
    }

    fn development(&self) -> bool {
        self.shop.profile == Profile::Development
    }

    fn database(&self, domain: Domain) -> DatabaseConfig {
        self.database.of(domain.name(), "".as_ref())
    }

    fn on_postgres(&self, domain: Domain) -> bool {
        self.database(domain).url.starts_with("postgres")
    }
}

/// Whether these settings are those of a shop whose roles run apart: everything on servers.
pub(crate) fn on_servers(settings: &Settings) -> bool {
    Told::read(settings).is_some_and(|told| {
        told.kafka.is_set() && Domain::ALL.iter().all(|&domain| told.on_postgres(domain))
    })
}

/// Refuses demo accounts, whose passwords everybody knows, on servers of the production profile.
pub(crate) fn refuse_demo(settings: &Settings) -> Result<(), String> {
    let shop = ShopSettings::of(settings).map_err(|error| error.to_string())?;
    if shop.profile == Profile::Development {
        return Ok(());
    }
    Err("the demo seed has accounts whose passwords everybody knows: it is for the development profile alone (`shop.profile`)".to_owned())
}

/// What stands in the way of a role, each with its mend.
pub(crate) fn problems(settings: &Settings, args: &ServeArgs) -> Vec<String> {
    let (role, of) = (args.role, args.of.as_slice());
    let mut problems = settings::problems(settings);
    let Some(told) = Told::read(settings) else {
        return problems;
    };
    if role != Role::Worker && !of.is_empty() {
        problems.push("`--of` is for a worker; leave it out".to_owned());
    }
    if role == Role::StripeEmulator {
        problems.extend(stand_in(&told));
        return problems;
    }
    let domains = role.domains(of);
    problems.extend(shared(&told, &domains));
    if role == Role::Users {
        problems.extend(keys(&told));
    } else if role != Role::Worker && told.users.key_set_urls.is_empty() {
        problems.push(
            "`users.key_set_urls` is empty: name where users' replicas serve their keys, such as \
             [\"http://users:4101/.well-known/jwks.json\"]"
                .to_owned(),
        );
    }
    if domains.contains(&Domain::Payments) {
        problems.extend(payments(&told));
    }
    if role == Role::Router {
        problems.extend(replicas(&told));
    }
    if !told.development() && told.shop.clock_offset_seconds != 0 {
        problems.push(
            "`shop.clock_offset_seconds` is for the development profile alone; leave it out"
                .to_owned(),
        );
    }
    problems
}

/// What cannot be shared by several processes.
fn shared(told: &Told, domains: &[Domain]) -> Vec<String> {
    let mut problems = Vec::new();
    for &domain in domains.iter().filter(|&&domain| !told.on_postgres(domain)) {
        let name = domain.name();
        problems.push(format!(
            "`database.{name}` is no PostgreSQL database: several processes cannot share an SQLite file; set it to \
             postgres://…, each subgraph with a database of its own"
        ));
    }
    if !told.kafka.is_set() {
        problems.push(
            "`kafka.brokers` is empty: events inside one process reach no other one; set it to the brokers, such as \
             kafka:9092"
                .to_owned(),
        );
    }
    if domains.contains(&Domain::Products) && told.products.elasticsearch_url.is_empty() {
        problems.push(
            "`products.elasticsearch_url` is empty: several processes cannot share an index on disk; set it, such as to \
             http://elasticsearch:9200"
                .to_owned(),
        );
    }
    problems
}

fn keys(told: &Told) -> Option<String> {
    (told.users.signing_keys_folder.is_empty() && !told.development()).then(|| {
        "`users.signing_keys_folder` is empty: every replica of users needs the same signing keys, and keys that a process \
         makes for itself are for the development profile alone; make some with `emporium keys rotate` and mount their \
         folder as a secret"
            .to_owned()
    })
}

/// A missing key never means free goods.
fn payments(told: &Told) -> Option<String> {
    let emulated = !told.shop.stripe_emulator_url.is_empty();
    match (told.payments.secret_key.is_empty(), told.development()) {
        (false, _) if emulated => Some(
            "`payments.secret_key` and `shop.stripe_emulator_url` are both set; keep one of them".to_owned(),
        ),
        (false, _) => None,
        (true, false) => Some(
            "`payments.secret_key` is not set: without it nobody would pay in earnest; set Stripe's keys (`payments.secret_key`, \
             `payments.publishable_key`, `payments.webhook_secrets`). The built-in stand-in for Stripe is for the development \
             profile alone (`shop.profile`)"
                .to_owned(),
        ),
        (true, true) if emulated => None,
        (true, true) => Some(
            "neither `payments.secret_key` nor `shop.stripe_emulator_url` is set: set Stripe's keys, or start `emporium serve \
             stripe-emulator` and say where it is"
                .to_owned(),
        ),
    }
}

fn replicas(told: &Told) -> Vec<String> {
    let missing = Domain::ALL.iter().filter(|domain| {
        told.router
            .subgraphs
            .get(domain.name())
            .is_none_or(Vec::is_empty)
    });
    missing
        .map(|domain| {
            let name = domain.name();
            format!("`router.subgraphs.{name}` is empty: name its replicas, such as [\"http://{name}:4100\"]")
        })
        .collect()
}

fn stand_in(told: &Told) -> Vec<String> {
    let mut problems = Vec::new();
    if !told.development() {
        problems.push(
            "the stand-in for Stripe takes no real money: it serves the development profile alone (`shop.profile`)".to_owned(),
        );
    }
    if told.shop.stripe_emulator_webhook.is_empty() {
        problems.push(
            "`shop.stripe_emulator_webhook` is empty: say where it sends webhooks, such as \
             http://router:4000/webhooks/stripe"
                .to_owned(),
        );
    }
    problems
}
