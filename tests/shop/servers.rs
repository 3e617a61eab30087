//! Real servers of a test's own, which it may stop, kill and start again without disturbing others.

use std::{
    collections::BTreeMap,
    fs,
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
    /// Starts these (`postgres`, `kafka`, `elasticsearch`, `redis`; options of `up` before them) beside those that all tests
    /// share, or skips the test where servers are not to be had.
    pub async fn start(names: &[&str]) -> Option<Self> {
        let shared = testkit::server("EMPORIUM_TEST_SERVERS")?;
        // Inside the folder of the shared ones: whoever ends those ends these too, if this test does not live to do it.
        let folder = Path::new(&shared).join(format!("own-{}", crate::key()));
        Some(Self::start_in(&folder, names).await)
    }

    /// Starts these in a folder that the test has chosen.
    pub async fn start_in(folder: &Path, names: &[&str]) -> Self {
        fs::create_dir(folder).expect("a folder of its own");
        let mut servers = Self {
            folder: folder.to_owned(),
            settings: shared_servers(folder).expect("they were looked for before"),
            variables: BTreeMap::new(),
        };
        let printed = servers.run("up", names).await;
        servers.variables = lines(&printed).collect();
        let printed = servers.run("up", &[&["--settings"], names].concat()).await;
        servers.settings.extend(lines(&printed));
        servers
    }

    /// What points a shop at them, and at the shared ones for what it has none of here: `EMPORIUM__…` and values, of which
    /// the later ones count.
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

/// What points a shop at the servers of all tests: databases, topics, groups and an index of its own there, for as long as
/// the folder is there. None, with a word about it, without servers.
pub fn shared_servers(folder: &Path) -> Option<Vec<(String, String)>> {
    let [_, kafka, elasticsearch, redis] = [
        testkit::server(testkit::POSTGRES)?,
        testkit::server("EMPORIUM_TEST_KAFKA")?,
        testkit::server("EMPORIUM_TEST_ELASTICSEARCH")?,
        testkit::server("EMPORIUM_TEST_REDIS")?,
    ];
    let own = format!("t{}", crate::key().replace('-', ""));
    let mut all = testkit::databases_in(folder);
    all.extend(
        [
            ("KAFKA__BROKERS", kafka),
            ("KAFKA__TOPIC_PREFIX", format!("{own}.")),
            ("KAFKA__GROUP_PREFIX", format!("{own}.")),
            ("KAFKA__PARTITIONS", "4".to_owned()),
            ("KAFKA__COMMIT_INTERVAL_MS", "100".to_owned()),
            ("PRODUCTS__ELASTICSEARCH_URL", elasticsearch),
            ("PRODUCTS__ELASTICSEARCH_INDEX", own),
            ("ROUTER__REDIS_URL", redis),
        ]
        .map(|(name, value)| (format!("EMPORIUM__{name}"), value)),
    );
    Some(all)
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
