//! Who payments talks to: Stripe, or the emulator on loopback when no key is set.

use serving::{Subgraph, config::Settings};
use stripe_emulator::{Emulator, EmulatorConfig};

use crate::{DataFolder, ShopError};

/// The keys of the emulator; fixed, since it listens on loopback alone and holds no money.
const SECRET: &str = "sk_test_emporium_emulator";
const PUBLISHABLE: &str = "pk_test_emporium_emulator";
const WEBHOOK_SECRET: &str = "whsec_emporium_emulator";

/// What the webhook endpoint subscribes to, as one would choose in Stripe's dashboard: everything that payments cannot
/// know from the answers to its own calls.
const WEBHOOK_EVENTS: [&str; 8] = [
    "payment_intent.requires_action",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "refund.created",
    "refund.updated",
    "refund.failed",
];

/// Starts the emulator when no Stripe key is set, and returns the settings that point payments at it.
pub(crate) async fn start(
    settings: Settings,
    folder: &DataFolder,
) -> Result<(Settings, Option<Emulator>), ShopError> {
    let config: payments::Config = settings.section("payments", payments::Payments::DEFAULTS)?;
    if !config.secret_key.is_empty() {
        return Ok((settings, None));
    }
    let mut config = EmulatorConfig::new(
        folder.database("stripe-emulator"),
        SECRET,
        PUBLISHABLE,
        WEBHOOK_SECRET,
    );
    config.webhook_events = WEBHOOK_EVENTS.iter().map(|&kind| kind.to_owned()).collect();
    let emulator = Emulator::start(config)
        .await
        .map_err(ShopError::other("the Stripe emulator does not start"))?;
    let mut variables = Vec::new();
    for (key, value) in [
        ("API_URL", emulator.url()),
        ("SECRET_KEY", SECRET.to_owned()),
        ("PUBLISHABLE_KEY", PUBLISHABLE.to_owned()),
        ("WEBHOOK_SECRETS", format!("[\"{WEBHOOK_SECRET}\"]")),
    ] {
        variables.push((format!("EMPORIUM__PAYMENTS__{key}"), value));
    }
    let mut settings = settings;
    settings.add_variables(variables.into_iter())?;
    Ok((settings, Some(emulator)))
}
