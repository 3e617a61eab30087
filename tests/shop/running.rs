//! A whole shop in this process, on a folder of its own.

use std::sync::Arc;

use emporium::{DataFolder, Front, Shop};
use serving::config::Settings;
use tempfile::TempDir;

use crate::Client;

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
        let mut all = Settings::default();
        let free = [
            ("EMPORIUM__ROUTER__LISTEN", "127.0.0.1:0"),
            ("EMPORIUM__ROUTER__RATES__ENABLED", "false"),
            ("EMPORIUM__USERS__REGISTRATIONS_PER_ADDRESS", "100000"),
            ("EMPORIUM__USERS__HASHES_WAITING", "1000"),
            ("EMPORIUM__USERS__ARGON2_MEMORY_KIB", "64"),
        ];
        all.add_variables(
            free.into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        )
        .expect("valid settings");
        let settings = all.above(settings);
        let data = DataFolder::take(folder.path()).expect("a data folder");
        let shop = Arc::new(Shop::open(settings, data).await.expect("the shop opens"));
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
