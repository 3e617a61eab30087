//! What a process has used, as Linux tells it. Elsewhere, and for a shop on another machine, it is unknown.

use std::{collections::BTreeMap, fs, time::Duration};

/// Linux counts a process's time in ticks of this length for everybody (`USER_HZ`, proc(5)).
const TICK: Duration = Duration::from_millis(10);

/// The processes of the shop, as far as they are known: their roles and ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Process(Vec<(String, u32)>);

impl Process {
    /// One that is the whole shop, when it is known.
    pub(super) fn of(id: Option<u32>) -> Self {
        Self(id.map(|id| ("shop".to_owned(), id)).into_iter().collect())
    }

    /// Several, each with its role.
    pub(super) fn several(roles: Vec<(String, u32)>) -> Self {
        Self(roles)
    }

    /// Time on a processor so far, in user and in kernel mode, of all together.
    pub(super) fn cpu(&self) -> Option<Duration> {
        let each = self.0.iter().map(|(_, id)| {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            ticks(&stat).map(|ticks| TICK * ticks)
        });
        let whole: Option<Duration> = each.sum();
        whole.filter(|_| !self.0.is_empty())
    }

    /// Resident memory of each role, in megabytes (2^20 bytes).
    pub(super) fn rss_mb(&self) -> BTreeMap<String, f64> {
        let each = self.0.iter().filter_map(|(role, id)| {
            let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
            let kilobytes = kilobytes(&status, "VmRSS:")?;
            Some((role.clone(), f64::from(kilobytes) / 1024.0))
        });
        each.collect()
    }
}

/// `utime` and `stime`, the 14th and 15th field. The second one, a name in brackets, may hold anything.
fn ticks(stat: &str) -> Option<u32> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// The number behind `label` in a file like /proc/meminfo.
pub(super) fn kilobytes(text: &str, label: &str) -> Option<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_writes() {
        let stat =
            "42 (a (strange) name) S 1 1 1 0 -1 4194560 900 0 0 0 250 17 0 0 20 0 8 0 100 1 2";
        assert_eq!(ticks(stat), Some(267));
        assert_eq!(
            kilobytes("VmPeak:\t 9 kB\nVmRSS:\t  2048 kB\n", "VmRSS:"),
            Some(2048)
        );
        assert_eq!(Process::of(None).cpu(), None);
    }
}
