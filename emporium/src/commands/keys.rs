//! `emporium keys`: the keys that sign access tokens.

use super::Reporter;
use crate::{Shop, control::Report};

/// Shows every key and its state.
pub(crate) fn list(shop: &Shop, report: Reporter<'_>) {
    for key in shop.keys.infos(shop.clock.now()) {
        report(Report::Line(format!(
            "{} {:?}, signs from {}",
            key.kid, key.state, key.signs_from
        )));
    }
}

/// Publishes a new key; it signs once every verifier has had time to read it.
pub(crate) fn rotate(shop: &Shop, report: Reporter<'_>) -> Result<(), String> {
    let key = shop
        .keys
        .rotate(shop.clock.now())
        .map_err(|error| error.to_string())?;
    report(Report::Line(format!(
        "key {} is published and takes over by itself; nobody is logged out",
        key.kid
    )));
    Ok(())
}
