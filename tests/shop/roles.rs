//! A shop whose roles run apart, each in a process of its own, on real servers.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use messaging::KafkaConfig;
use tempfile::TempDir;
use testkit::free_port;

use crate::{
    Client,
    child::{binary, run},
    keeper, settings,
    stage::drain,
};

const PATIENCE: Duration = Duration::from_mins(5);
const SUBGRAPHS: [&str; 4] = ["users", "products", "orders", "payments"];
/// How many of each there are, all on the same servers.
const REPLICAS: usize = 2;
const ROUTERS: usize = 2;

/// Two replicas of each subgraph, two routers, two workers, and the stand-in for Stripe.
pub struct RolesShop {
    settings: Vec<(String, String)>,
    roles: Vec<Role>,
    folder: TempDir,
}

struct Role {
    name: String,
    what: &'static str,
    port: u16,
    /// Above those of all.
    settings: Vec<(String, String)>,
    child: Option<Child>,
}

impl Role {
    fn new(what: &'static str, number: usize) -> Self {
        Self {
            name: format!("{what}-{number}"),
            what,
            port: free_port(),
            settings: Vec::new(),
            child: None,
        }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start(&mut self, shared: &[(String, String)], folder: &Path) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join(format!("{}.log", self.name)))
            .expect("a log");
        let mut command = keeper::command(&binary());
        command
            .arg("--data")
            .arg(folder.join(&self.name))
            .args(["serve", self.what, "--listen"])
            .arg(format!("127.0.0.1:{}", self.port))
            .envs(shared.iter().chain(&self.settings).cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.child = Some(keeper::spawn(command));
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may be dead already; then there is nothing to do.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    async fn ready(&self) {
        let client = Client::of(&self.url());
        // The stand-in answers as soon as it listens, as Stripe does: it has no word for being ready.
        let asked = if self.what == "stripe-emulator" {
            format!("{}/_emulator/state", self.url())
        } else {
            format!("{}/health/ready", self.url())
        };
        let began = Instant::now();
        loop {
            let request = client.http().get(&asked).timeout(Duration::from_secs(5));
            let said = match request
                .bearer_auth("sk_test_emporium_emulator")
                .send()
                .await
            {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(error) => error.to_string(),
            };
            assert!(
                began.elapsed() < PATIENCE,
                "{} did not become ready: {said}",
                self.name
            );
            testkit::pause(began).await;
        }
    }
}

impl RolesShop {
    /// Migrates and seeds on servers that `settings` name, starts every role and waits until all are ready.
    pub async fn start(settings: &[(String, String)]) -> Self {
        Self::start_with(settings, |_| Vec::new()).await
    }

    /// The same, with settings for single processes above those of all: `particular` is asked with each one's name, such as
    /// `payments-2`.
    pub async fn start_with(
        settings: &[(String, String)],
        particular: impl Fn(&str) -> Vec<(&'static str, String)>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut roles = vec![Role::new("stripe-emulator", 1)];
        for what in SUBGRAPHS {
            roles.extend((1..=REPLICAS).map(|number| Role::new(what, number)));
        }
        roles.extend((1..=REPLICAS).map(|number| Role::new("worker", number)));
        roles.extend((1..=ROUTERS).map(|number| Role::new("router", number)));
        let mut all = settings.to_vec();
        all.extend(shared(&roles, folder.path()));
        for role in &mut roles {
            let particular = particular(&role.name).into_iter();
            role.settings = particular
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
        }
        let mut shop = Self {
            settings: all,
            roles,
            folder,
        };
        for command in [&["keys", "rotate"][..], &["migrate"], &["seed"]] {
            let (done, said) = shop.command(command);
            assert!(done, "{command:?}: {said}");
        }
        for role in &mut shop.roles {
            role.start(&shop.settings, shop.folder.path());
        }
        for role in &shop.roles {
            role.ready().await;
        }
        shop.settled().await;
        shop
    }

    /// Waits until the demo catalogue has reached orders and the search index.
    async fn settled(&self) {
        drain(self).await;
        let client = Client::of(&self.url("router-1"));
        testkit::until("a product that is found", async || {
            let query = "{ searchProducts(query: \"lamp\", first: 1) { nodes { id } } }";
            let found = client
                .try_graphql(query, serde_json::Value::Null)
                .await
                .ok()?;
            found.0.pointer("/data/searchProducts/nodes/0/id").map(drop)
        })
        .await;
    }

    /// A client of each router.
    pub fn doors(&self) -> Vec<Client> {
        let routers = self.roles.iter().filter(|role| role.what == "router");
        routers.map(|router| Client::of(&router.url())).collect()
    }

    /// The names of all processes, such as `orders-2`, without the stand-in for Stripe, which is no part of the shop.
    pub fn names(&self) -> Vec<String> {
        let own = self
            .roles
            .iter()
            .filter(|role| role.what != "stripe-emulator");
        own.map(|role| role.name.clone()).collect()
    }

    /// Where a process listens.
    pub fn url(&self, name: &str) -> String {
        self.role(name).url()
    }

    /// The process id of one that runs.
    pub fn id(&self, name: &str) -> u32 {
        let child = self.role(name).child.as_ref();
        child.expect("it runs").id()
    }

    /// Kills a process as `kill -9` does.
    pub fn kill(&mut self, name: &str) {
        self.role_mut(name).kill();
    }

    /// Asks a process to end and waits; gives whether it ended well.
    pub fn terminate(&mut self, name: &str) -> bool {
        let Some(mut child) = self.role_mut(name).child.take() else {
            return false;
        };
        let asked = Command::new("kill")
            .arg("-TERM")
            .arg(child.id().to_string())
            .status();
        assert!(asked.is_ok_and(|status| status.success()));
        child.wait().is_ok_and(|status| status.success())
    }

    /// Waits until a process has ended by itself; gives whether well.
    pub async fn ended(&mut self, name: &str) -> bool {
        let mut child = self.role_mut(name).child.take().expect("it runs");
        let ended = tokio::task::spawn_blocking(move || child.wait());
        let status = ended.await.expect("it was waited for");
        status.is_ok_and(|status| status.success())
    }

    /// What every process of it is told.
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// One of these; empty when it is not set.
    pub fn setting(&self, name: &str) -> &str {
        let mut settings = self.settings.iter();
        settings
            .find_map(|(set, value)| (set == name).then_some(value.as_str()))
            .unwrap_or_default()
    }

    /// How its Kafka is reached.
    pub fn kafka(&self) -> KafkaConfig {
        let named = self.settings.iter();
        let variables: Vec<_> = named
            .filter(|(name, _)| name.starts_with("EMPORIUM__KAFKA__"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        settings(&variables)
            .section("kafka", messaging::KAFKA_DEFAULTS)
            .expect("valid settings")
    }

    /// Starts a process again at the same place, without waiting.
    pub fn restart(&mut self, name: &str) {
        let (settings, folder) = (self.settings.clone(), self.folder.path().to_owned());
        self.role_mut(name).start(&settings, &folder);
    }

    /// Waits until a process says that it is ready.
    pub async fn ready(&self, name: &str) {
        self.role(name).ready().await;
    }

    /// What its processes asked their databases since each of them started: statements and write transactions of each subgraph.
    pub async fn work(&self) -> [(&'static str, u64, u64); 4] {
        // They count into their metrics every two seconds.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let client = Client::of(&self.url("router-1"));
        let mut work = SUBGRAPHS.map(|subgraph| (subgraph, 0, 0));
        for role in self
            .roles
            .iter()
            .filter(|role| role.what != "stripe-emulator")
        {
            let metrics = client
                .http()
                .get(format!("{}/metrics", role.url()))
                .send()
                .await;
            let metrics = metrics.expect("metrics").text().await.expect("a text");
            let of = |kind: &str, subgraph: &str| -> u64 {
                let line =
                    format!("emporium_database_work{{kind=\"{kind}\",subgraph=\"{subgraph}\"}} ");
                let number = metrics.lines().find_map(|said| said.strip_prefix(&line));
                number.map_or(0, |number| number.parse().expect("a number"))
            };
            for (subgraph, statements, transactions) in &mut work {
                *statements += of("statements", subgraph);
                *transactions += of("transactions", subgraph);
            }
        }
        work
    }

    /// Runs another command of the binary on the same servers; gives whether it succeeded and what it said.
    pub fn command(&self, arguments: &[&str]) -> (bool, String) {
        run(
            &self.folder.path().join("commands"),
            &self.settings,
            arguments,
        )
    }

    fn role(&self, name: &str) -> &Role {
        let mut roles = self.roles.iter();
        roles.find(|role| role.name == name).expect("a process")
    }

    fn role_mut(&mut self, name: &str) -> &mut Role {
        let mut roles = self.roles.iter_mut();
        roles.find(|role| role.name == name).expect("a process")
    }
}

/// What every process is told.
fn shared(roles: &[Role], folder: &Path) -> Vec<(String, String)> {
    let urls = |what: &str, path: &str| {
        let of = roles.iter().filter(|role| role.what == what);
        let urls: Vec<_> = of.map(|role| format!("\"{}{path}\"", role.url())).collect();
        format!("[{}]", urls.join(", "))
    };
    let first = |what: &str| {
        let mut of = roles.iter();
        of.find(|role| role.what == what).expect("one of it").url()
    };
    let keys: PathBuf = folder.join("keys");
    let mut settings = vec![
        ("TELEMETRY__FILTER", "warn".to_owned()),
        ("SHOP__PROFILE", "development".to_owned()),
        ("SHOP__DRAIN_DELAY_MS", "200".to_owned()),
        ("SHOP__STRIPE_EMULATOR_URL", first("stripe-emulator")),
        (
            "SHOP__STRIPE_EMULATOR_WEBHOOK",
            format!("{}/webhooks/stripe", first("router")),
        ),
        ("USERS__SIGNING_KEYS_FOLDER", keys.display().to_string()),
        (
            "USERS__KEY_SET_URLS",
            urls("users", "/.well-known/jwks.json"),
        ),
        ("USERS__REGISTRATIONS_PER_ADDRESS", "100000".to_owned()),
        ("USERS__ARGON2_MEMORY_KIB", "64".to_owned()),
        ("USERS__HASHES_WAITING", "1000".to_owned()),
        ("ROUTER__RATES__ENABLED", "false".to_owned()),
        // So many processes on one small machine: each opens few connections.
        ("DATABASE__READERS", "2".to_owned()),
        ("DATABASE__WRITERS", "4".to_owned()),
    ];
    let replicas = SUBGRAPHS.map(|subgraph| {
        (
            format!("ROUTER__SUBGRAPHS__{}", subgraph.to_uppercase()),
            urls(subgraph, ""),
        )
    });
    settings
        .drain(..)
        .map(|(name, value)| (name.to_owned(), value))
        .chain(replicas)
        .map(|(name, value)| (format!("EMPORIUM__{name}"), value))
        .collect()
}

impl Drop for RolesShop {
    fn drop(&mut self) {
        for role in &mut self.roles {
            role.kill();
            if std::thread::panicking() {
                let path = self.folder.path().join(format!("{}.log", role.name));
                let log = std::fs::read_to_string(path).unwrap_or_default();
                let last: Vec<_> = log.lines().rev().take(20).collect();
                eprintln!("--- {}, last lines first\n{}", role.name, last.join("\n"));
            }
        }
    }
}
