//! A shop in a process of its own, which can be killed.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use testkit::free_port;

use crate::Client;

const PATIENCE: Duration = Duration::from_mins(5);

/// A shop as a child process on a data folder.
pub struct ChildShop {
    child: Child,
    data: PathBuf,
    port: u16,
    settings: Vec<(String, String)>,
}

/// The binary that `cargo test --workspace` builds beside the tests.
pub(crate) fn binary() -> PathBuf {
    let tests = std::env::current_exe().expect("this test's own path");
    let profile = tests.ancestors().nth(2).expect("the folder of the profile");
    let binary = profile.join("emporium");
    assert!(
        binary.exists(),
        "{} is missing; run the tests with `cargo test --workspace`",
        binary.display()
    );
    binary
}

impl ChildShop {
    /// Starts a shop on `data` and waits until it is ready. Rate limits are off: a test sends more than a person would.
    pub async fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        let mut all = vec![
            (
                "EMPORIUM__ROUTER__LISTEN".to_owned(),
                format!("127.0.0.1:{port}"),
            ),
            (
                "EMPORIUM__ROUTER__RATES__ENABLED".to_owned(),
                "false".to_owned(),
            ),
        ];
        all.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let child = spawn(data, &all);
        let shop = Self {
            child,
            data: data.to_owned(),
            port,
            settings: all,
        };
        shop.ready().await;
        shop
    }

    /// Where it is; the same after a restart.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills it as `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is dead");
    }

    /// Starts it again on the same folder and port, without waiting.
    pub fn restart(&mut self) {
        self.child = spawn(&self.data, &self.settings);
    }

    /// Waits until it answers that it is ready.
    pub async fn ready(&self) {
        let client = Client::of(&self.url());
        let began = Instant::now();
        loop {
            let answer = client
                .http()
                .get(format!("{}/health/ready", self.url()))
                .send()
                .await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "the shop did not become ready");
            testkit::pause(began).await;
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Runs another command of the binary on the same folder; gives whether it succeeded and what it said.
    pub fn command(&self, arguments: &[&str]) -> (bool, String) {
        run(&self.data, &self.settings, arguments)
    }

    /// Asks it to end and waits; gives whether it ended well.
    pub fn terminate(&mut self) -> bool {
        self.signal();
        self.child.wait().is_ok_and(|status| status.success())
    }

    /// Asks it to end, without waiting.
    pub fn signal(&self) {
        let asked = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status();
        assert!(asked.is_ok_and(|status| status.success()));
    }

    /// How it ended, once it has: whether well.
    pub fn ended(&mut self) -> Option<bool> {
        let ended = self.child.try_wait().expect("it can be asked");
        ended.map(|status| status.success())
    }
}

/// Runs a command of the binary on a data folder, with these settings; gives whether it succeeded and what it said.
pub fn run(data: &Path, settings: &[(String, String)], arguments: &[&str]) -> (bool, String) {
    // Making databases that nobody opens takes its time.
    let databases = if settings
        .iter()
        .any(|(name, _)| name.starts_with("EMPORIUM__DATABASE__"))
    {
        Vec::new()
    } else {
        testkit::databases_in(data)
    };
    let output = Command::new(binary())
        .arg("--data")
        .arg(data)
        .args(arguments)
        .envs(databases)
        .envs(settings.iter().cloned())
        .stdin(Stdio::null())
        .output()
        .expect("the command runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// Runs a command like [`run`], while `meanwhile` is done again and again, at least once; fails the test when the command
/// does. Gives what it said.
pub async fn run_beside(
    data: &Path,
    settings: &[(String, String)],
    arguments: &[&str],
    mut meanwhile: impl AsyncFnMut(),
) -> String {
    let (data, settings) = (data.to_owned(), settings.to_owned());
    let arguments: Vec<_> = arguments.iter().map(|&one| one.to_owned()).collect();
    let command = tokio::task::spawn_blocking(move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&data, &settings, &arguments)
    });
    meanwhile().await;
    while !command.is_finished() {
        meanwhile().await;
    }
    let (done, said) = command.await.expect("it was not ended");
    assert!(done, "{said}");
    said
}

impl Drop for ChildShop {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Ok(log) = std::fs::read_to_string(self.data.with_extension("log"))
        {
            eprintln!("{log}");
        }
        // It may be dead already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the binary; what it says is added to `<data>.log`.
fn spawn(data: &Path, settings: &[(String, String)]) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(data.with_extension("log"))
        .expect("a log");
    Command::new(binary())
        .arg("--data")
        .arg(data)
        .envs(testkit::databases_in(data))
        .envs(settings.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the shop starts")
}
