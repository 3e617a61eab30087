//! A shop of the bench's own whose roles run apart: this executable, once for each of them, on servers that are there.

use std::{
    fs::File,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use clock::Clock;
use database::{Database, DatabaseConfig};
use messaging::KafkaConfig;
use router::RouterConfig;
use sea_orm::ConnectionTrait;
use serving::{Subgraph, config::Settings};
use tokio::process::Child;

use super::{
    connection::Target,
    process::Process,
    run::Home,
    shop_process::{free_ports, this_executable},
};
use crate::{
    roles::on_servers,
    settings::{DATABASE_DEFAULTS, DatabaseSettings},
};

const SUBGRAPHS: [&str; 4] = ["users", "products", "orders", "payments"];
/// Two of each, one stand-in for Stripe.
const ROLES: [(&str, usize); 7] = [
    ("stripe-emulator", 1),
    ("users", 2),
    ("products", 2),
    ("orders", 2),
    ("payments", 2),
    ("worker", 2),
    ("router", 2),
];
const START_LIMIT: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_millis(100);

/// Databases, topics and settings of one such shop.
pub(super) struct Ground {
    admin: DatabaseConfig,
    databases: Vec<String>,
    /// What each of its processes is told, above the environment.
    pub(super) settings: Vec<(String, String)>,
    places: Vec<(String, &'static str, u16)>,
}

/// Its processes.
pub(super) struct Roles {
    children: Vec<(String, Child)>,
    /// The routers.
    pub(super) target: Target,
}

impl Ground {
    /// Makes databases of its own on the server of `database.users`, and finds ports.
    pub(super) async fn make(folder: &Path) -> Result<Self, String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        let settings = Settings::load(None).map_err(|error| text(&error))?;
        if !on_servers(&settings) {
            return Err(
                "`--servers` needs the settings of servers in the environment, such as `tests/servers/up --settings` prints"
                    .to_owned(),
            );
        }
        let section: DatabaseSettings = settings
            .section("database", DATABASE_DEFAULTS)
            .map_err(|error| text(&error))?;
        let own = format!("bench_{}", Clock::system().id().simple());
        let mut ground = Self {
            admin: section.of("users", folder),
            databases: SUBGRAPHS.map(|name| format!("{own}_{name}")).to_vec(),
            settings: Vec::new(),
            places: Vec::new(),
        };
        ground
            .each_database(|name| format!("CREATE DATABASE {name}"))
            .await?;
        let mut ports = free_ports();
        for (role, count) in ROLES {
            for number in 1..=count {
                let port = ports.next().ok_or("no port is free")?;
                ground.places.push((format!("{role}-{number}"), role, port));
            }
        }
        ground.settings = ground.told(&own, folder);
        ground.settings.extend(servers(&settings)?);
        Ok(ground)
    }

    fn told(&self, own: &str, folder: &Path) -> Vec<(String, String)> {
        let urls = |role: &str, path: &str| -> Vec<String> {
            let of = self.places.iter().filter(|(_, what, _)| *what == role);
            of.map(|(_, _, port)| format!("http://127.0.0.1:{port}{path}"))
                .collect()
        };
        let first = |role: &str, path: &str| urls(role, path).first().cloned().unwrap_or_default();
        let mut all = vec![
            ("SHOP__PROFILE".to_owned(), "development".to_owned()),
            (
                "SHOP__STRIPE_EMULATOR_URL".to_owned(),
                first("stripe-emulator", ""),
            ),
            (
                "SHOP__STRIPE_EMULATOR_WEBHOOK".to_owned(),
                first("router", "/webhooks/stripe"),
            ),
            ("SHOP__DRAIN_DELAY_MS".to_owned(), "0".to_owned()),
            ("TELEMETRY__FILTER".to_owned(), "warn".to_owned()),
            ("KAFKA__TOPIC_PREFIX".to_owned(), format!("{own}.")),
            ("KAFKA__GROUP_PREFIX".to_owned(), format!("{own}.")),
            ("PRODUCTS__ELASTICSEARCH_INDEX".to_owned(), own.to_owned()),
            (
                "USERS__SIGNING_KEYS_FOLDER".to_owned(),
                folder.join("keys").display().to_string(),
            ),
            (
                "USERS__KEY_SET_URLS".to_owned(),
                format!("{:?}", urls("users", "/.well-known/jwks.json")),
            ),
        ];
        for (subgraph, database) in SUBGRAPHS.iter().zip(&self.databases) {
            let upper = subgraph.to_uppercase();
            all.push((
                format!("DATABASE__{upper}"),
                beside(&self.admin.url, database),
            ));
            all.push((
                format!("ROUTER__SUBGRAPHS__{upper}"),
                format!("{:?}", urls(subgraph, "")),
            ));
        }
        all.into_iter()
            .map(|(name, value)| (format!("EMPORIUM__{name}"), value))
            .collect()
    }

    async fn each_database(&self, statement: impl Fn(&str) -> String) -> Result<(), String> {
        let failed = |error: &dyn std::error::Error| format!("a database to measure in: {error}");
        let admin = Database::connect(&self.admin, Clock::system())
            .await
            .map_err(|error| failed(&error))?;
        for name in &self.databases {
            admin
                .writer()
                .execute_unprepared(&statement(name))
                .await
                .map_err(|error| failed(&error))?;
        }
        admin.close().await.map_err(|error| failed(&error))
    }

    /// Drops its databases. Topics and indexes stay, with names of their own.
    pub(super) async fn leave(&self) -> Result<(), String> {
        self.each_database(|name| format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
    }
}

impl Roles {
    /// Starts every role and waits until all are ready and nothing is on its way any more.
    pub(super) async fn start(ground: &Ground, home: &Home<'_>) -> Result<Self, String> {
        let mut children = Vec::new();
        for (name, role, port) in &ground.places {
            let log = File::create(home.folder.join(format!("{name}.log")))
                .map_err(|error| error.to_string())?;
            let child = this_executable(&home.folder.join(name))?
                .envs(ground.settings.iter().cloned())
                .args(["serve", role, "--listen"])
                .arg(format!("127.0.0.1:{port}"))
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .map_err(|error| format!("cannot start {name}: {error}"))?;
            children.push((name.clone(), child));
        }
        let routers = ground
            .places
            .iter()
            .filter(|(_, role, _)| *role == "router");
        let target = Target::of(
            routers
                .map(|(_, _, port)| format!("127.0.0.1:{port}"))
                .collect(),
        );
        let roles = Self { children, target };
        roles.ready(ground, home).await?;
        Ok(roles)
    }

    async fn ready(&self, ground: &Ground, home: &Home<'_>) -> Result<(), String> {
        let began = Instant::now();
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        for (name, role, port) in &ground.places {
            if *role == "stripe-emulator" {
                continue;
            }
            let url = format!("http://127.0.0.1:{port}/health/ready");
            while !http
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                if began.elapsed() > START_LIMIT {
                    return Err(format!("{name} did not become ready"));
                }
                tokio::time::sleep(POLL).await;
            }
        }
        // The catalogue is on its way to orders and to the search index.
        loop {
            let said = home.run(&["doctor"]).await.unwrap_or_default();
            let still = said.matches(" outbox: 0 events on their way").count() == SUBGRAPHS.len();
            if still && said.contains("is up to the catalogue") {
                return Ok(());
            }
            if began.elapsed() > START_LIMIT {
                return Err(format!("events do not get through:\n{said}"));
            }
        }
    }

    /// Its processes, by role.
    pub(super) fn process(&self) -> Process {
        let ids = self.children.iter();
        Process::several(
            ids.filter_map(|(name, child)| Some((name.clone(), child.id()?)))
                .collect(),
        )
    }

    /// Ends all of them.
    pub(super) async fn stop(mut self) -> Result<(), String> {
        for (_, child) in &mut self.children {
            child.kill().await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Where the servers beside the databases are.
fn servers(settings: &Settings) -> Result<Vec<(String, String)>, String> {
    let text = |error: serving::config::SettingError| error.to_string();
    let kafka: KafkaConfig = settings
        .section("kafka", messaging::KAFKA_DEFAULTS)
        .map_err(text)?;
    let products: <products::Products as Subgraph>::Config = settings
        .section("products", products::Products::DEFAULTS)
        .map_err(text)?;
    let router: RouterConfig = settings.section("router", router::DEFAULTS).map_err(text)?;
    Ok(vec![
        ("EMPORIUM__KAFKA__BROKERS".to_owned(), kafka.brokers),
        (
            "EMPORIUM__PRODUCTS__ELASTICSEARCH_URL".to_owned(),
            products.elasticsearch_url,
        ),
        (
            "EMPORIUM__ROUTER__REDIS_URL".to_owned(),
            router.redis_url.reveal().to_owned(),
        ),
    ])
}

/// The URL of another database on the same server.
fn beside(url: &str, database: &str) -> String {
    let (place, options) = url
        .split_once('?')
        .map_or((url, ""), |(place, options)| (place, options));
    let server = place.rsplit_once('/').map_or(place, |(server, _)| server);
    if options.is_empty() {
        format!("{server}/{database}")
    } else {
        format!("{server}/{database}?{options}")
    }
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn a_database_beside_another() {
        assert_eq!(
            beside("postgres://u:p@h:1/users", "x"),
            "postgres://u:p@h:1/x"
        );
        assert_eq!(
            beside("postgres://u:p@h:1/users?sslmode=require", "x"),
            "postgres://u:p@h:1/x?sslmode=require"
        );
    }
}
