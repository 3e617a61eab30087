//! Who payments talks to: Stripe, or the emulator on loopback when no key is set.

use std::net::SocketAddr;

use serving::{
    Subgraph,
    config::{SettingError, Settings},
};
use stripe_emulator::{Emulator, EmulatorConfig};

use crate::{DataFolder, ShopError, settings::ShopSettings};

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
    if has_key(&settings)? {
        return Ok((settings, None));
    }
    let emulator = emulator(folder, None, None).await?;
    let settings = pointed_at(settings, &emulator.url())?;
    Ok((settings, Some(emulator)))
}

/// Starts the emulator on its file in `folder`.
pub(crate) async fn emulator(
    folder: &DataFolder,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
) -> Result<Emulator, ShopError> {
    let mut config = EmulatorConfig::new(
        folder.database("stripe-emulator"),
        SECRET,
        PUBLISHABLE,
        WEBHOOK_SECRET,
    );
    config.public_url = public_url;
    config.listen = listen.unwrap_or(config.listen);
    config.webhook_events = WEBHOOK_EVENTS.iter().map(|&kind| kind.to_owned()).collect();
    Emulator::start(config)
        .await
        .map_err(ShopError::other("the Stripe emulator does not start"))
}

/// The settings that point payments at the emulator of another process, when no Stripe key is set and there is one.
pub(crate) fn elsewhere(settings: Settings) -> Result<Settings, ShopError> {
    let url = ShopSettings::of(&settings)?.stripe_emulator_url;
    if has_key(&settings)? || url.is_empty() {
        return Ok(settings);
    }
    Ok(pointed_at(settings, &url)?)
}

/// The settings as they will be once there is an emulator, should one be needed: so that the others can be judged.
pub(crate) fn placeheld(settings: &Settings) -> Result<Settings, SettingError> {
    let settings = settings.clone();
    if has_key(&settings)? {
        return Ok(settings);
    }
    pointed_at(settings, "http://127.0.0.1")
}

fn has_key(settings: &Settings) -> Result<bool, SettingError> {
    let config: payments::Config = settings.section("payments", payments::Payments::DEFAULTS)?;
    Ok(!config.secret_key.is_empty())
}

fn pointed_at(settings: Settings, url: &str) -> Result<Settings, SettingError> {
    let mut emulated = Settings::default();
    emulated.add_variables(
        [
            ("API_URL", url.to_owned()),
            ("SECRET_KEY", SECRET.to_owned()),
            ("PUBLISHABLE_KEY", PUBLISHABLE.to_owned()),
            ("WEBHOOK_SECRETS", format!("[\"{WEBHOOK_SECRET}\"]")),
        ]
        .into_iter()
        .map(|(key, value)| (format!("EMPORIUM__PAYMENTS__{key}"), value)),
    )?;
    Ok(settings.above(emulated))
}
