//! The real servers that a test may run against.

use std::io::Write;

/// The value of this variable, which `tests/servers/up` prints, such as `EMPORIUM_TEST_KAFKA`. Without it one line says
/// what was skipped and why, and the test returns.
#[expect(
    clippy::disallowed_methods,
    reason = "where the servers of tests are is no setting of the shop"
)]
pub fn server(name: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        let current = std::thread::current();
        let test = current.name().unwrap_or("a test");
        // Past the test harness, which swallows what `eprintln!` says in a test that succeeds.
        let told = writeln!(
            std::io::stderr(),
            "skipped: {test}: {name} is not set; start the servers with tests/servers/up"
        );
        told.expect("standard error can be written");
    }
    value
}
