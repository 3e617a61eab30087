//! The one binary: every role of the shop.
#![recursion_limit = "256"]

/// Password hashing takes and returns 19 MiB at a time: this allocator gives it back to the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    emporium::main()
}
