//! A whole shop in this process, on a folder of its own.

use std::{path::Path, sync::Arc};

use emporium::{DataFolder, Front, Shop};
use messaging::Transport;
use serde_json::Value;
use serving::config::Settings;
use stripe_emulator::{Emulator, Switches};
use tempfile::TempDir;

use crate::Client;

/// Settings as the environment gives them, such as `("EMPORIUM__ORDERS__SWEEP_MS", "500")`.
pub fn settings(variables: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    settings.add_variables(variables).expect("valid settings");
    settings
}

/// Where the databases of the shop in `folder` are: in the folder, or on the server of the tests.
fn databases(folder: &Path) -> Settings {
    let mut settings = Settings::default();
    // A machine that is busy with tests is no slow database.
    for limit in [
        "acquire_timeout_ms",
        "statement_timeout_ms",
        "lock_timeout_ms",
    ] {
        settings = settings.with("database", limit, 30_000);
    }
    let variables = testkit::databases_in(folder).into_iter();
    settings.add_variables(variables).expect("valid settings");
    settings
}

/// A shop that is open on a free port, with the demo catalogue.
pub struct RunningShop {
    /// The shop.
    pub shop: Arc<Shop>,
    front: Front,
    folder: TempDir,
}

impl RunningShop {
    /// Opens a shop with its default settings, but without rate limits and with a
    /// password hash that is cheap: a test sends more than a person would.
    pub async fn open() -> Self {
        Self::open_with(Settings::default()).await
    }

    /// Opens a shop with these settings, without rate limits unless they say otherwise.
    pub async fn open_with(settings: Settings) -> Self {
        Self::open_in(tempfile::tempdir().expect("a temporary folder"), settings).await
    }

    /// Opens a shop on what `folder` holds.
    pub async fn open_in(folder: TempDir, settings: Settings) -> Self {
        Self::open_disturbed(folder, settings, |transport| transport).await
    }

    /// Opens a shop with something around its delivery of events.
    pub async fn open_disturbed(
        folder: TempDir,
        above: Settings,
        wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Self {
        let all = settings(&[
            ("EMPORIUM__ROUTER__LISTEN", "127.0.0.1:0"),
            ("EMPORIUM__ROUTER__RATES__ENABLED", "false"),
            ("EMPORIUM__USERS__REGISTRATIONS_PER_ADDRESS", "100000"),
            ("EMPORIUM__USERS__HASHES_WAITING", "1000"),
            ("EMPORIUM__USERS__ARGON2_MEMORY_KIB", "64"),
        ])
        .above(databases(folder.path()))
        .above(above);
        let data = DataFolder::take(folder.path()).expect("a data folder");
        let shop = Shop::open_with_transport(all, data, wrap).await;
        let shop = Arc::new(shop.expect("the shop opens"));
        shop.seed().await.expect("the demo catalogue");
        shop.drain().await.expect("every event arrives");
        let front = shop.serve().await.expect("the shop serves");
        Self {
            shop,
            front,
            folder,
        }
    }

    /// Where it is, such as `http://127.0.0.1:4000`.
    pub fn url(&self) -> String {
        self.front.url()
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The payment provider that it talks to.
    pub fn provider(&self) -> &Emulator {
        self.shop.stand_in().expect("no Stripe key is set")
    }

    /// Disturbs the payment provider from now on.
    pub fn disturb(&self, switches: Switches) {
        self.provider().set_switches(switches);
    }

    /// Asks the provider's own API, with the shop's secret key.
    pub async fn ask_provider(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.provider().url());
        let answer = self
            .client()
            .http()
            .get(url)
            .bearer_auth("sk_test_emporium_emulator")
            .send();
        answer
            .await
            .expect("the provider answers")
            .json()
            .await
            .expect("JSON")
    }

    /// Waits until the provider has no webhook left to send.
    pub async fn heard(&self) {
        testkit::until("the last webhook", async || {
            let state = self.ask_provider("/_emulator/state").await;
            (state["webhooks"]["pending"] == 0).then_some(())
        })
        .await;
    }

    /// A client that is not signed in.
    pub fn client(&self) -> Client {
        Client::of(&self.url())
    }

    /// Fails the test unless the invariants hold.
    pub async fn holds(&self) {
        if let Err(violations) = self.shop.check_invariants(&[]).await {
            panic!("{violations}");
        }
    }

    /// Ends it gracefully and gives its folder back.
    pub async fn close(self) -> TempDir {
        self.shop.end_streams();
        self.front.stop().await;
        self.shop.close().await;
        self.folder
    }
}
