//! Who payments talks to: Stripe, or the emulator on loopback when no key is set.

use clock::Clock;
use serde::Deserialize;
use serving::{Subgraph, config::Settings};
use stripe_emulator::{Emulator, EmulatorConfig};

use crate::{DataFolder, ShopError};

/// The keys of the emulator; fixed, since it listens on loopback alone and holds no money.
const SECRET: &str = "sk_test_emporium_emulator";
const PUBLISHABLE: &str = "pk_test_emporium_emulator";
const WEBHOOK_SECRET: &str = "whsec_emporium_emulator";

#[derive(Deserialize)]
struct Keys {
    stripe: Stripe,
}

#[derive(Deserialize)]
struct Stripe {
    secret_key: String,
}

/// Starts the emulator when no Stripe key is set, and returns the settings that point payments at it.
pub(crate) async fn start(
    settings: Settings,
    folder: &DataFolder,
    _clock: &Clock,
) -> Result<(Settings, Option<Emulator>), ShopError> {
    let keys: Keys = settings.section("payments", payments::Payments::DEFAULTS)?;
    if !keys.stripe.secret_key.is_empty() {
        return Ok((settings, None));
    }
    let config = EmulatorConfig::new(folder.database("stripe-emulator"), SECRET, PUBLISHABLE, WEBHOOK_SECRET);
    let emulator = Emulator::start(config).await.map_err(ShopError::other("the Stripe emulator does not start"))?;
    let mut variables = Vec::new();
    for (key, value) in [
        ("URL", format!("http://{}/", emulator.address())),
        ("SECRET_KEY", SECRET.to_owned()),
        ("PUBLISHABLE_KEY", PUBLISHABLE.to_owned()),
        ("WEBHOOK_SECRETS", format!("[\"{WEBHOOK_SECRET}\"]")),
    ] {
        variables.push((format!("EMPORIUM__PAYMENTS__STRIPE__{key}"), value));
    }
    let mut settings = settings;
    settings.add_variables(variables.into_iter())?;
    Ok((settings, Some(emulator)))
}
