#![expect(clippy::unwrap_used, reason = "a test may panic")]
//! The key ring: files, states, rotation, other processes.

use std::collections::BTreeSet;
use std::time::Duration;

use clock::{Clock, Timestamp};
use identity::{KeyError, KeyRing, KeyRingSettings, KeyState};

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn open(directory: &tempfile::TempDir, clock: &Clock) -> Result<KeyRing, KeyError> {
    KeyRing::open(
        directory.path().join("keys"),
        KeyRingSettings::default(),
        clock.clone(),
    )
}

fn published(ring: &KeyRing) -> BTreeSet<String> {
    let jwks = ring.jwks();
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn states(ring: &KeyRing, clock: &Clock) -> Vec<KeyState> {
    ring.infos(clock.now())
        .into_iter()
        .map(|key| key.state)
        .collect()
}

#[test]
fn the_first_key_is_made_once_and_kept() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
    let first = open(&directory, &clock).unwrap();
    clock.advance(Duration::from_mins(1));
    let again = open(&directory, &clock).unwrap();
    assert_eq!(first.infos(clock.now()), again.infos(clock.now()));
    assert_eq!(states(&again, &clock), [KeyState::Signing]);
    assert_eq!(first.jwks(), again.jwks());
}

#[test]
fn a_jwk_shows_the_public_half_alone() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
    let jwks = open(&directory, &clock).unwrap().jwks();
    let names: BTreeSet<_> = jwks["keys"][0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x"])
    );
}

#[cfg(unix)]
#[test]
fn files_are_private_and_an_open_one_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
    open(&directory, &clock).unwrap();
    let keys = directory.path().join("keys");
    assert_eq!(
        std::fs::metadata(&keys).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let file = std::fs::read_dir(&keys)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let refusal = open(&directory, &clock).err().unwrap();
    assert!(
        matches!(refusal, KeyError::TooOpen { mode: 0o644, .. }),
        "{refusal}"
    );
    assert!(refusal.to_string().contains("chmod 600"));
}

#[test]
fn a_file_that_holds_another_key_than_its_name_says_is_refused() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
    open(&directory, &clock).unwrap();
    let keys = directory.path().join("keys");
    let file = std::fs::read_dir(&keys)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::rename(&file, keys.join("1.somebody-else.pem")).unwrap();
    assert!(matches!(
        open(&directory, &clock),
        Err(KeyError::Malformed { .. })
    ));
}

#[test]
fn rotation_publishes_then_signs_then_retires_then_deletes() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
    let ring = open(&directory, &clock).unwrap();
    let next = ring.rotate(clock.now()).unwrap();
    assert_eq!(states(&ring, &clock), [KeyState::Signing, KeyState::Next]);
    assert!(
        published(&ring).contains(&next.kid),
        "published before it signs"
    );
    assert_eq!(
        ring.rotate(clock.now()).unwrap(),
        next,
        "a second rotation waits for the first"
    );

    clock.advance(Duration::from_secs(20));
    assert_eq!(
        states(&ring, &clock),
        [KeyState::Retired, KeyState::Signing]
    );
    assert_eq!(published(&ring).len(), 2);

    clock.advance(Duration::from_mins(27));
    assert_eq!(states(&ring, &clock), [KeyState::Gone, KeyState::Signing]);
    assert_eq!(published(&ring), BTreeSet::from([next.kid]));

    ring.rotate(clock.now()).unwrap();
    assert_eq!(
        states(&ring, &clock),
        [KeyState::Signing, KeyState::Next],
        "the file of the gone key is deleted"
    );
}

#[test]
fn a_rotation_by_another_process_is_noticed() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
    let (ring, other) = (
        open(&directory, &clock).unwrap(),
        open(&directory, &clock).unwrap(),
    );
    let next = other.rotate(clock.now()).unwrap();
    assert_eq!(published(&ring).len(), 1, "looked at once a second at most");
    clock.advance(Duration::from_secs(1));
    assert!(published(&ring).contains(&next.kid));
}

#[test]
fn a_half_written_file_is_passed_over() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
    let ring = open(&directory, &clock).unwrap();
    std::fs::write(directory.path().join("keys/.123.abc.pem"), "half").unwrap();
    clock.advance(Duration::from_secs(2));
    assert_eq!(published(&ring).len(), 1);
    assert!(open(&directory, &clock).is_ok());
}

#[cfg(unix)]
#[test]
fn a_mounted_secret_is_read_again_when_it_changes_and_never_written() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let (home, mount) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = Clock::manual(START);
    let mounted = || KeyRing::mounted(mount.path(), KeyRingSettings::default(), clock.clone());
    assert!(matches!(mounted(), Err(KeyError::NoKey { .. })));

    // As an orchestrator mounts it: a folder of its own for each state, and links to what it holds.
    let keeper = open(&home, &clock).unwrap();
    let publish = |version: &str| {
        let hidden = mount.path().join(version);
        fs::create_dir(&hidden).unwrap();
        for entry in fs::read_dir(home.path().join("keys")).unwrap() {
            let name = entry.unwrap().file_name();
            let (kept, link) = (hidden.join(&name), mount.path().join(&name));
            fs::copy(home.path().join("keys").join(&name), &kept).unwrap();
            fs::set_permissions(&kept, fs::Permissions::from_mode(0o440)).unwrap();
            let _ = fs::remove_file(&link);
            std::os::unix::fs::symlink(&kept, &link).unwrap();
        }
    };
    publish("..1");
    let ring = mounted().unwrap();
    assert_eq!(ring.jwks(), keeper.jwks());
    keeper.rotate(clock.now()).unwrap();
    publish("..2");
    clock.advance(Duration::from_secs(2));
    assert_eq!(published(&ring).len(), 2);
    assert_eq!(states(&ring, &clock), [KeyState::Signing, KeyState::Next]);

    for file in fs::read_dir(mount.path().join("..2")).unwrap() {
        fs::set_permissions(file.unwrap().path(), fs::Permissions::from_mode(0o444)).unwrap();
    }
    assert!(matches!(mounted(), Err(KeyError::TooOpen { .. })));
}
