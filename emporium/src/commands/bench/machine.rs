//! Where figures come from.

use std::{fs, path::Path, process::Command};

use serde::Serialize;

use super::process::kilobytes;

/// The machine that shop and load run on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    cores: usize,
    cpu: String,
    memory_mb: Option<u32>,
}

impl Machine {
    /// This machine.
    pub(super) fn this() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        let memory = fs::read_to_string("/proc/meminfo").ok();
        Self {
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            cpu: cpu.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            memory_mb: memory
                .and_then(|text| kilobytes(&text, "MemTotal:"))
                .map(|kilobytes| kilobytes / 1024),
        }
    }
}

/// The commit that is measured, `-dirty` when files differ from it; the version where there is no checkout.
pub(super) fn commit() -> String {
    let version = || env!("CARGO_PKG_VERSION").to_owned();
    if !Path::new("emporium/Cargo.toml").exists() {
        return version();
    }
    let described = Command::new("git")
        .args([
            "describe",
            "--always",
            "--dirty",
            "--abbrev=12",
            "--exclude=*",
        ])
        .output();
    match described {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => version(),
    }
}

/// How this executable was built.
pub(super) const fn profile() -> &'static str {
    if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    }
}
