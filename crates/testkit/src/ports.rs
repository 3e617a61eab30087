use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::TcpListener,
    sync::Mutex,
};

/// A port of the loopback that nobody uses, for what listens on it later or once more. It lies below those that the system gives
/// away by itself and above those of `tests/servers`, and no other test of this build gets it.
///
/// # Panics
/// When none of a hundred ports is free, or its lock beside this build's binaries cannot be made.
pub fn free_port() -> u16 {
    // A lock is this process's for as long as it lives.
    static GIVEN: Mutex<BTreeMap<u16, File>> = Mutex::new(BTreeMap::new());
    let mut given = GIVEN.lock().expect("nobody failed while choosing");
    let test = std::env::current_exe().expect("this test's own path");
    let profile = test.ancestors().nth(2).expect("the folder of the profile");
    let locks = profile.join("ports");
    fs::create_dir_all(&locks).expect("a folder for locks");
    let clock = clock::Clock::system();
    let mut ports = (0..100).map(|_| 26_000 + u16::from_le_bytes(clock.bytes()) % 6_000);
    ports
        .find(|port| {
            if given.contains_key(port) || TcpListener::bind(("127.0.0.1", *port)).is_err() {
                return false;
            }
            let lock = File::create(locks.join(port.to_string())).expect("a lock");
            let taken = lock.try_lock().is_ok();
            if taken {
                given.insert(*port, lock);
            }
            taken
        })
        .expect("a free port")
}
