//! The one binary: every role of the shop.
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    emporium::main()
}
