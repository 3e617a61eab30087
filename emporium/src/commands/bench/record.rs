//! One line of results.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use serde::Serialize;

use super::{
    load::Measurement,
    machine::{self, Machine},
};

#[derive(Serialize)]
struct Record<'a> {
    scenario: &'a str,
    form: &'a str,
    clients: u32,
    products: Option<u32>,
    operations: u32,
    errors: u32,
    ops_per_second: Option<f64>,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    cpu_ms_per_operation: Option<f64>,
    rss_mb: Option<f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    rss_mb_by_role: BTreeMap<String, f64>,
    machine: &'a Machine,
    commit: &'a str,
    profile: &'a str,
}

/// Prints results, one JSON object a line, and counts what went wrong.
pub(super) struct Printer {
    machine: Machine,
    commit: String,
    apart: AtomicBool,
    errors: AtomicU32,
}

impl Printer {
    pub(super) fn new() -> Self {
        Self {
            machine: Machine::this(),
            commit: machine::commit(),
            apart: AtomicBool::new(false),
            errors: AtomicU32::new(0),
        }
    }

    /// What is printed from now on is of a shop whose roles run apart, or of one in one process.
    pub(super) fn roles_apart(&self, apart: bool) {
        self.apart.store(apart, Ordering::Relaxed);
    }

    fn form(&self) -> &'static str {
        if self.apart.load(Ordering::Relaxed) {
            "servers"
        } else {
            "embedded"
        }
    }

    /// Prints what was measured in `scenario`. `products` is unknown of a shop that ran already.
    pub(super) fn print(
        &self,
        scenario: &str,
        clients: u32,
        products: Option<u32>,
        mut measured: Measurement,
    ) {
        measured.latencies.sort_unstable();
        let (operations, seconds) = (measured.operations(), measured.span.as_secs_f64());
        let at = |percent| percentile(&measured.latencies, percent).map(milliseconds);
        let by_role = if measured.rss_mb.len() > 1 {
            measured
                .rss_mb
                .iter()
                .map(|(role, mb)| (role.clone(), rounded(*mb)))
                .collect()
        } else {
            BTreeMap::new()
        };
        let each = (operations > 0).then(|| f64::from(operations));
        let record = Record {
            scenario,
            form: self.form(),
            clients,
            products,
            operations,
            errors: measured.errors,
            ops_per_second: each
                .filter(|_| seconds > 0.0)
                .map(|count| rounded(count / seconds)),
            p50_ms: at(50),
            p95_ms: at(95),
            p99_ms: at(99),
            cpu_ms_per_operation: measured
                .cpu
                .zip(each)
                .map(|(cpu, count)| rounded(cpu.as_secs_f64() * 1_000.0 / count)),
            rss_mb: (!measured.rss_mb.is_empty()).then(|| rounded(measured.rss_mb.values().sum())),
            rss_mb_by_role: by_role,
            machine: &self.machine,
            commit: &self.commit,
            profile: machine::profile(),
        };
        match serde_json::to_string(&record) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("a result cannot be written: {error}"),
        }
        self.errors.fetch_add(measured.errors, Ordering::Relaxed);
        for text in &measured.texts {
            eprintln!("{scenario}: {text}");
        }
    }

    /// How many operations did not go well, in all.
    pub(super) fn errors(&self) -> u32 {
        self.errors.load(Ordering::Relaxed)
    }
}

/// The latency that so many per cent do not exceed (nearest rank).
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

fn milliseconds(span: Duration) -> f64 {
    rounded(span.as_secs_f64() * 1_000.0)
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let sorted: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&sorted, 50), Some(Duration::from_millis(100)));
        assert_eq!(percentile(&sorted, 99), Some(Duration::from_millis(198)));
        assert_eq!(percentile(&sorted[..1], 99), Some(Duration::from_millis(1)));
        assert_eq!(percentile(&[], 50), None);
    }
}
