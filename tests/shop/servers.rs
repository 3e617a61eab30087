//! Real servers of a test's own, which it may stop, kill and start again without disturbing others.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tokio::sync::{Mutex, MutexGuard};

/// Started by `tests/servers/up` in a folder of their own, ended and removed at the end of the test.
pub struct Servers {
    folder: PathBuf,
    settings: Vec<(String, String)>,
    variables: BTreeMap<String, String>,
}

impl Servers {
    /// Starts these (`postgres`, `kafka`, `elasticsearch`, `redis`; options of `up` before them), or skips the test where
    /// servers are not to be had.
    pub async fn start(names: &[&str]) -> Option<Self> {
        let shared = testkit::server("EMPORIUM_TEST_SERVERS")?;
        // Inside the folder of the shared ones: whoever ends those ends these too, if this test does not live to do it.
        let folder = Path::new(&shared).join(format!("own-{}", crate::key()));
        Some(Self::start_in(&folder, names).await)
    }

    /// Starts these in a folder that the test has chosen.
    pub async fn start_in(folder: &Path, names: &[&str]) -> Self {
        let mut servers = Self {
            folder: folder.to_owned(),
            settings: Vec::new(),
            variables: BTreeMap::new(),
        };
        let printed = servers.run("up", names).await;
        servers.variables = lines(&printed).collect();
        let printed = servers.run("up", &[&["--settings"], names].concat()).await;
        servers.settings = lines(&printed).collect();
        servers
    }

    /// What points a shop at them: `EMPORIUM__…` and values.
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// What tests know them by, such as `EMPORIUM_TEST_POSTGRES`.
    pub fn variable(&self, name: &str) -> &str {
        &self.variables[name]
    }

    /// Where they live.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// kill -9 of all processes of one.
    pub async fn kill(&self, name: &str) {
        self.run("one", &["kill", name]).await;
    }

    /// Asks one to end and waits.
    pub async fn stop(&self, name: &str) {
        self.run("one", &["stop", name]).await;
    }

    /// Starts one again, on its port and its data, and waits until it answers.
    pub async fn bring_back(&self, name: &str) {
        self.run("one", &["start", name]).await;
        self.run("one", &["wait", name]).await;
    }

    /// Runs a script of `tests/servers` on the folder; gives what it printed.
    async fn run(&self, script: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(scripts().join(script));
        command.arg("--folder").arg(&self.folder).args(arguments);
        let what = format!("{command:?}");
        let ran = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output());
        let output = ran.await.expect("it was not ended").expect("it runs");
        assert!(
            output.status.success(),
            "{what}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("servers")
}

fn lines(printed: &str) -> impl Iterator<Item = (String, String)> {
    printed
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

impl Drop for Servers {
    fn drop(&mut self) {
        let ended = Command::new(scripts().join("down"))
            .arg("--folder")
            .arg(&self.folder)
            .arg("--remove")
            .stdin(Stdio::null())
            .output();
        if let Ok(output) = ended
            && !output.status.success()
        {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// For one attack at a time: each takes the whole machine.
pub async fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    ONE.lock().await
}

/// How long an attack lasts: `EMPORIUM_TEST_SECONDS` makes it longer than it is by default.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test lasts is no setting of the shop"
)]
pub fn seconds(by_default: u64) -> u64 {
    let said = std::env::var("EMPORIUM_TEST_SECONDS").ok();
    said.map_or(by_default, |seconds| {
        seconds.parse().expect("a number of seconds")
    })
}
