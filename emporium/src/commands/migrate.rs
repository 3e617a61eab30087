//! `emporium migrate`.

use clock::Clock;

use super::Place;
use crate::{DataFolder, databases::Databases};

/// Brings all databases up to date.
pub(crate) async fn migrate(place: Place) -> Result<(), String> {
    let folder = DataFolder::take(&place.data).map_err(|error| error.to_string())?;
    let databases = Databases::open(&place.settings, &folder, &Clock::system())
        .await
        .map_err(|error| error.to_string())?;
    for (name, _) in databases.all() {
        println!("{name}: up to date");
    }
    databases.close().await;
    Ok(())
}
