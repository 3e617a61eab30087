//! The stand-in for Stripe as a process of its own, which all replicas of payments and all workers share.

use std::{net::SocketAddr, path::Path};

use futures::FutureExt;
use serving::config::Settings;

use super::ending::Running;
use crate::{DataFolder, ShopError, settings::ShopSettings, stripe};

/// Starts it on the file in the data folder.
pub(crate) async fn start(
    settings: &Settings,
    data: &Path,
    listen: SocketAddr,
) -> Result<Running, ShopError> {
    let shop = ShopSettings::of(settings)?;
    let folder = DataFolder::take(data)?;
    let public_url = Some(shop.stripe_emulator_public_url).filter(|url| !url.is_empty());
    let emulator = stripe::emulator(&folder, Some(listen), public_url).await?;
    emulator
        .set_webhook_url(&shop.stripe_emulator_webhook)
        .map_err(ShopError::other("the emulator took no webhook address"))?;
    let address = emulator.address();
    let end = async move {
        drop(emulator);
        drop(folder);
    };
    Ok(Running {
        address,
        end: end.boxed(),
    })
}
