//! A shop of the bench's own: this executable again, as a child process.

use std::{
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use clock::Clock;
use serde::de::IgnoredAny;
use serde_json::json;
use serving::config::Settings;
use tokio::process::{Child, Command};

use super::{
    connection::{Connection, Target},
    process::Process,
};
use crate::roles::on_servers;

const FIRST: &str = "{ products(first: 1) { nodes { id } } }";
const POLL: Duration = Duration::from_millis(1);
const START_LIMIT: Duration = Duration::from_mins(2);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// Limits that are meant for people, and would be all that a load test measures. Everything else is as shipped.
const LIMITS: [(&str, &str); 4] = [
    ("EMPORIUM__ROUTER__RATES__ENABLED", "false"),
    (
        "EMPORIUM__ROUTER__SUBSCRIPTIONS__MAX_CLIENTS_PER_ADDRESS",
        "20000",
    ),
    ("EMPORIUM__USERS__REGISTRATIONS_PER_ADDRESS", "1000000"),
    ("EMPORIUM__USERS__LOGIN_FAILURES_PER_ADDRESS", "1000000"),
];

/// What the environment says of servers is for the shop whose roles run apart; the one in one process is embedded.
const EMBEDDED: [(&str, &str); 7] = [
    ("EMPORIUM__DATABASE__USERS", ""),
    ("EMPORIUM__DATABASE__PRODUCTS", ""),
    ("EMPORIUM__DATABASE__ORDERS", ""),
    ("EMPORIUM__DATABASE__PAYMENTS", ""),
    ("EMPORIUM__KAFKA__BROKERS", ""),
    ("EMPORIUM__PRODUCTS__ELASTICSEARCH_URL", ""),
    ("EMPORIUM__ROUTER__REDIS_URL", ""),
];

/// A shop that runs.
pub(super) struct ShopProcess {
    child: Child,
    log: PathBuf,
    /// Where it is.
    pub(super) target: Target,
    /// From its start to its first answer.
    pub(super) took: Duration,
}

impl ShopProcess {
    /// Starts a shop on `data` and waits for its first answer.
    pub(super) async fn start(data: &Path) -> Result<Self, String> {
        let port = free_ports().next().ok_or("no port is free")?;
        let log = data.with_extension("log");
        let errors = File::create(&log)
            .map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let mut command = this_executable(data)?;
        command
            .env("EMPORIUM__ROUTER__LISTEN", format!("127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(errors);
        let began = Instant::now();
        let child = command
            .spawn()
            .map_err(|error| format!("cannot start a shop: {error}"))?;
        let target = Target::of(vec![format!("127.0.0.1:{port}")]);
        let mut shop = Self {
            child,
            log,
            target,
            took: Duration::ZERO,
        };
        while !shop.answers().await {
            if let Ok(Some(status)) = shop.child.try_wait() {
                return Err(format!(
                    "the shop ended at its start, {status}:\n{}",
                    shop.log_end()
                ));
            }
            if began.elapsed() > START_LIMIT {
                return Err(format!(
                    "the shop did not answer in time:\n{}",
                    shop.log_end()
                ));
            }
            tokio::time::sleep(POLL).await;
        }
        shop.took = began.elapsed();
        Ok(shop)
    }

    async fn answers(&self) -> bool {
        let Ok(mut connection) = Connection::open(&self.target).await else {
            return false;
        };
        connection.ask::<IgnoredAny>(FIRST, json!({})).await.is_ok()
    }

    /// Its process.
    pub(super) fn process(&self) -> Process {
        Process::of(self.child.id())
    }

    /// Ends it gracefully.
    pub(super) async fn stop(mut self) -> Result<(), String> {
        let Some(id) = self.child.id() else {
            return Err(format!("the shop ended by itself:\n{}", self.log_end()));
        };
        let told = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await;
        told.map_err(|error| format!("cannot tell the shop to end: {error}"))?;
        match tokio::time::timeout(STOP_LIMIT, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("the shop ended with {status}:\n{}", self.log_end())),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("the shop did not end:\n{}", self.log_end())),
        }
    }

    fn log_end(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// Runs another command of this executable on `data` to its end; what it wrote, or why it failed.
pub(super) async fn run(
    data: &Path,
    settings: &[(String, String)],
    arguments: &[&str],
) -> Result<String, String> {
    let output = this_executable(data)?
        .envs(settings.iter().cloned())
        .args(arguments)
        .output()
        .await
        .map_err(|error| error.to_string())?;
    let (written, complaint) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if output.status.success() {
        Ok(written.into_owned())
    } else {
        Err(format!(
            "`emporium {}` failed:\n{written}{complaint}",
            arguments.join(" ")
        ))
    }
}

pub(super) fn this_executable(data: &Path) -> Result<Command, String> {
    let executable = std::env::current_exe()
        .map_err(|error| format!("this executable cannot be found: {error}"))?;
    let settings = Settings::load(None).map_err(|error| error.to_string())?;
    let servers = on_servers(&settings);
    let mut command = Command::new(executable);
    command
        .arg("--data")
        .arg(data)
        .envs(LIMITS)
        .envs(EMBEDDED.into_iter().filter(|_| servers))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

/// Ports of the loopback that nobody listens on, each once. What is to listen there starts a while later: they lie below those
/// that the system gives to whoever asks for any.
pub(super) fn free_ports() -> impl Iterator<Item = u16> {
    let first = 14_000 + u16::from_le_bytes(Clock::system().bytes()) % 5_000;
    (first..20_000).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
}
