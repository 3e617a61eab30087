//! A shop for a scenario, in one process or with its roles apart: the same scenario runs on both.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, LazyLock, Mutex as Lock, MutexGuard, PoisonError},
    time::Duration,
};

use clock::Clock;
use database::{Database, DatabaseConfig};
use messaging::kafka::Topics;
use serde_json::Value;
use stripe_emulator::Switches;
use tempfile::TempDir;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{Client, RolesShop, RunningShop, settings, shared_servers};

const SUBGRAPHS: [&str; 4] = ["users", "products", "orders", "payments"];

/// Settings of a shop that soon gives up, and soon asks for what should have come: what a handler or the provider is waited for,
/// and an order of which payments has not heard, such as someone else's.
pub const IMPATIENT: [(&str, &str); 9] = [
    ("EMPORIUM__MESSAGING__MAX_ATTEMPTS", "4"),
    ("EMPORIUM__MESSAGING__RETRY_BASE_MS", "10"),
    ("EMPORIUM__PAYMENTS__ORDER_PATIENCE_MS", "500"),
    ("EMPORIUM__PAYMENTS__RECONCILE_EVERY_MS", "100"),
    ("EMPORIUM__PAYMENTS__CUT_OFF_AFTER_MS", "500"),
    ("EMPORIUM__PAYMENTS__ASK_AFTER_MS", "300"),
    ("EMPORIUM__PAYMENTS__ASK_LONGEST_MS", "500"),
    ("EMPORIUM__PAYMENTS__CALL_BACKOFF_MS", "10"),
    ("EMPORIUM__PAYMENTS__BREAKER_REST_MS", "100"),
];

/// A scenario as two tests: on a shop in one process, and on one whose roles run apart when there are servers for it.
/// `both!(scenario)` runs `scenario(Stage)`; the name of a constant with settings may follow.
#[macro_export]
macro_rules! both {
    ($scenario:ident) => {
        $crate::both!(@ $scenario, &[]);
    };
    ($scenario:ident, $settings:ident) => {
        $crate::both!(@ $scenario, &super::$settings);
    };
    (@ $scenario:ident, $settings:expr) => {
        mod $scenario {
            #[tokio::test(flavor = "multi_thread")]
            async fn in_one_process() {
                super::$scenario($crate::Stage::together($settings).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn with_roles_apart() {
                if let Some(stage) = $crate::Stage::apart($settings).await {
                    super::$scenario(stage).await;
                }
            }
        }
    };
}

/// A shop for one scenario at a time.
pub enum Stage {
    /// All in this process.
    Together(Box<RunningShop>),
    /// Each role in a process of its own; tests that want the same settings share it, one after another.
    Apart(Apart),
}

/// A shop whose roles run apart, for as long as one test has it.
pub struct Apart(OwnedMutexGuard<Option<Opened>>);

struct Opened {
    variables: String,
    shop: RolesShop,
    _folder: TempDir,
}

/// The settings of the shop that each test wants which waits for its turn.
static WANTED: Lock<Vec<String>> = Lock::new(Vec::new());

fn wanted() -> MutexGuard<'static, Vec<String>> {
    WANTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A test that waits for its turn.
struct Waiting<'a>(&'a str);

impl<'a> Waiting<'a> {
    fn with(variables: &'a str) -> Self {
        wanted().push(variables.to_owned());
        Self(variables)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut wanted = wanted();
        if let Some(own) = wanted.iter().position(|variables| variables == self.0) {
            wanted.swap_remove(own);
        }
    }
}

/// Waits for the shop, whatever its settings are. Whoever wants it as it is goes first: to open another takes longer than most
/// tests do.
async fn turn(variables: &str) -> OwnedMutexGuard<Option<Opened>> {
    static OPEN: LazyLock<Arc<Mutex<Option<Opened>>>> = LazyLock::new(Arc::default);
    let _waiting = Waiting::with(variables);
    loop {
        let open = Arc::clone(&OPEN).lock_owned().await;
        let other = open.as_ref().filter(|open| open.variables != variables);
        if other.is_none_or(|other| !wanted().contains(&other.variables)) {
            return open;
        }
        drop(open);
        // Those that it fits take it meanwhile.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Deref for Apart {
    type Target = RolesShop;

    fn deref(&self) -> &RolesShop {
        &self.0.as_ref().expect("it is open").shop
    }
}

impl DerefMut for Apart {
    fn deref_mut(&mut self) -> &mut RolesShop {
        &mut self.0.as_mut().expect("it is open").shop
    }
}

impl Drop for Apart {
    /// What a test left behind that failed is for nobody else; the end of the shop shows its logs.
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0 = None;
        }
    }
}

impl Stage {
    /// A shop of its own in this process.
    pub async fn together(variables: &[(&str, &str)]) -> Self {
        Self::Together(Box::new(RunningShop::open_with(settings(variables)).await))
    }

    /// The shop with these settings whose roles run apart; None, with a word about it, without servers.
    /// Scenarios that want it have `roles_apart` in their names, by which `.ci/run` gives them a lane.
    pub async fn apart(variables: &[(&str, &str)]) -> Option<Self> {
        testkit::server(testkit::POSTGRES)?;
        let named = format!("{variables:?}");
        let mut open = turn(&named).await;
        if open.as_ref().is_none_or(|open| open.variables != named) {
            // The one before first: two at once would be many processes.
            *open = None;
            let folder = tempfile::tempdir().expect("a temporary folder");
            let mut all = shared_servers(folder.path())?;
            all.extend(
                variables
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            );
            *open = Some(Opened {
                variables: named,
                shop: RolesShop::start(&all).await,
                _folder: folder,
            });
        }
        let stage = Self::Apart(Apart(open));
        stage.disturb(Switches::default()).await;
        Some(stage)
    }

    /// Where clients come in.
    pub fn url(&self) -> String {
        match self {
            Self::Together(shop) => shop.url(),
            Self::Apart(shop) => shop.url("router-1"),
        }
    }

    /// A client that is not signed in.
    pub fn client(&self) -> Client {
        Client::of(&self.url())
    }

    /// The same shop through another door, where it has several.
    pub fn other_door(&self) -> Client {
        match self {
            Self::Together(shop) => shop.client(),
            Self::Apart(shop) => Client::of(&shop.url("router-2")),
        }
    }

    /// Waits until every event has reached everyone concerned.
    pub async fn drain(&self) {
        match self {
            Self::Together(shop) => shop.shop.drain().await.expect("every event arrives"),
            Self::Apart(shop) => drain(shop).await,
        }
    }

    /// Fails the test unless the invariants hold.
    pub async fn holds(&self) {
        match self {
            Self::Together(shop) => shop.holds().await,
            Self::Apart(_) => {
                let (holds, said) = self.command(&["doctor", "--invariants"]);
                assert!(holds, "{said}");
            }
        }
    }

    /// What its databases were asked so far: statements and write transactions of each subgraph.
    pub async fn work(&self) -> [(&'static str, u64, u64); 4] {
        match self {
            Self::Together(shop) => {
                let work = shop.shop.work();
                work.map(|(name, stats)| (name, stats.statements, stats.transactions))
            }
            Self::Apart(shop) => shop.work().await,
        }
    }

    /// Runs a command of the binary on this shop; gives whether it succeeded and what it said.
    pub fn command(&self, arguments: &[&str]) -> (bool, String) {
        match self {
            Self::Together(shop) => {
                tokio::task::block_in_place(|| crate::run(shop.data(), &[], arguments))
            }
            Self::Apart(shop) => tokio::task::block_in_place(|| shop.command(arguments)),
        }
    }

    /// Disturbs the payment provider from now on.
    pub async fn disturb(&self, switches: Switches) {
        match self {
            Self::Together(shop) => shop.disturb(switches),
            Self::Apart(shop) => {
                let url = format!("{}/_emulator/switches", shop.url("stripe-emulator-1"));
                let asked = self.client().http().post(url).json(&switches).send().await;
                assert!(asked.is_ok_and(|answer| answer.status().is_success()));
            }
        }
    }

    /// Asks the provider's own API, with the shop's secret key.
    pub async fn ask_provider(&self, path: &str) -> Value {
        match self {
            Self::Together(shop) => shop.ask_provider(path).await,
            Self::Apart(shop) => {
                let url = format!("{}{path}", shop.url("stripe-emulator-1"));
                let request = self.client().http().get(url);
                let answer = request.bearer_auth("sk_test_emporium_emulator").send();
                let answer = answer.await.expect("the provider answers");
                answer.json().await.expect("JSON")
            }
        }
    }

    /// Waits until the provider has no webhook left to send.
    pub async fn heard(&self) {
        testkit::until("the last webhook", async || {
            let state = self.ask_provider("/_emulator/state").await;
            (state["webhooks"]["pending"] == 0).then_some(())
        })
        .await;
    }

    /// Does something to the database of a subgraph behind the shop's back.
    pub async fn behind_the_back(&self, subgraph: &str, statements: &[&str]) {
        let config = match self {
            Self::Together(shop) => testkit::database_of_shop(shop.data(), subgraph),
            Self::Apart(shop) => database_of(shop, subgraph),
        };
        let database = Database::connect(&config, Clock::system())
            .await
            .expect("the database answers");
        for statement in statements {
            let done = database
                .write(|tx| async move {
                    let done = sea_orm::ConnectionTrait::execute_unprepared(&tx, statement).await;
                    Ok::<_, database::DatabaseError>(done.map(drop)?)
                })
                .await;
            done.expect("the statement works");
        }
        database.close().await.expect("the database closes");
    }

    /// Ends every live stream as an ending process does.
    pub async fn end_streams(&mut self) {
        match self {
            Self::Together(shop) => shop.shop.end_streams(),
            Self::Apart(shop) => {
                for name in ["orders-1", "orders-2"] {
                    shop.terminate(name);
                    shop.restart(name);
                    shop.ready(name).await;
                }
            }
        }
    }

    /// Ends a shop of its own; one that is shared goes to the next test.
    pub async fn close(self) {
        if let Self::Together(shop) = self {
            shop.close().await;
        }
    }
}

/// Waits until no outbox holds anything, no group has anything to take, and again no outbox holds anything: what a handler
/// announces comes after what it took.
pub(crate) async fn drain(shop: &RolesShop) {
    let topics = Topics::new(&shop.kafka()).expect("a client of kafka");
    let mut databases = Vec::new();
    for subgraph in SUBGRAPHS {
        let database = Database::connect(&database_of(shop, subgraph), Clock::system()).await;
        databases.push(database.expect("the database answers"));
    }
    testkit::until("every event", async || {
        for _ in 0..2 {
            for database in &databases {
                let lag = messaging::outbox::lag(database.read()).await.ok()?;
                if lag.pending > 0 {
                    return None;
                }
            }
            // Users takes no events; orders takes those of all the others.
            for group in ["products", "orders", "payments"] {
                let takes = |kind: &str| kind.starts_with("order.") != (group == "orders");
                if topics.lag(group, takes).await.ok()? > 0 {
                    return None;
                }
            }
        }
        Some(())
    })
    .await;
    for database in databases {
        database.close().await.expect("the database closes");
    }
}

fn database_of(shop: &RolesShop, subgraph: &str) -> DatabaseConfig {
    let name = format!("EMPORIUM__DATABASE__{}", subgraph.to_uppercase());
    DatabaseConfig::at(shop.setting(&name))
}
