//! `emporium keys`: the keys that sign access tokens.

use clock::Clock;
use identity::KeyRing;
use serving::{Subgraph, config::Settings};

use super::Reporter;
use crate::control::{Command, Report};

/// Shows every key and its state.
pub(crate) fn list(keys: &KeyRing, clock: &Clock, report: Reporter<'_>) {
    for key in keys.infos(clock.now()) {
        report(Report::Line(format!(
            "{} {:?}, signs from {}",
            key.kid, key.state, key.signs_from
        )));
    }
}

/// Publishes a new key; it signs once every verifier has had time to read it.
pub(crate) fn rotate(keys: &KeyRing, clock: &Clock, report: Reporter<'_>) -> Result<(), String> {
    let key = keys
        .rotate(clock.now())
        .map_err(|error| error.to_string())?;
    report(Report::Line(format!(
        "key {} is published and takes over by itself at {}; nobody is logged out",
        key.kid, key.signs_from
    )));
    Ok(())
}

/// What is done to the folder of keys itself where roles run apart: no database has a part in it. None for a command that is
/// not about keys. A folder without a key gets a first one.
pub(crate) fn on_servers(
    settings: &Settings,
    command: &Command,
    report: Reporter<'_>,
) -> Option<Result<(), String>> {
    if !matches!(command, Command::ListKeys | Command::RotateKeys) {
        return None;
    }
    let done = folder(settings).and_then(|(keys, clock, first)| match command {
        Command::RotateKeys if !first => rotate(&keys, &clock, report),
        _ => {
            list(&keys, &clock, report);
            Ok(())
        }
    });
    Some(done)
}

/// The keys of the folder that is set, and whether the first one was made just now.
fn folder(settings: &Settings) -> Result<(KeyRing, Clock, bool), String> {
    let accounts: users::Config = settings
        .section("users", users::Users::DEFAULTS)
        .map_err(|error| error.to_string())?;
    if accounts.signing_keys_folder.is_empty() {
        return Err(
            "`users.signing_keys_folder` is not set: say where the keys are, or shall be"
                .to_owned(),
        );
    }
    let clock = Clock::system();
    let path = std::path::Path::new(&accounts.signing_keys_folder);
    let first = std::fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none());
    let keys = KeyRing::open(path, accounts.key_ring(), clock.clone())
        .map_err(|error| error.to_string())?;
    Ok((keys, clock, first))
}
