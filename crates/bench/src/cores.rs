//! The cores: the server under test has the first, the load generator the second.
//!
//! With one core in the machine nothing is pinned, and the figures mean less.

use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Server,
    Client,
}

/// The cores that the program was started on. Read once, before anything is pinned: after that a
/// thread sees its own core alone, and everything that it starts would run there too.
static ALLOWED: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let allowed = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect()
});

pub(crate) fn count() -> usize {
    ALLOWED.len()
}

/// The core of one side; none if there is no second one for the other.
pub(crate) fn of(side: Side) -> Option<usize> {
    match (side, ALLOWED.as_slice()) {
        (Side::Server, [first, _, ..]) => Some(*first),
        (Side::Client, [_, second, ..]) => Some(*second),
        _ => None,
    }
}

/// Keeps the calling thread, and the threads that it starts, on the core of its side.
pub(crate) fn keep_on(side: Side) -> anyhow::Result<()> {
    let Some(core) = of(side) else { return Ok(()) };
    sched_setaffinity(None, &only(core)).context("cannot be pinned to a core")
}

/// Fails unless the process runs on the server's core and nowhere else.
pub(crate) fn ensure_is_on_servers(pid: u32) -> anyhow::Result<()> {
    let Some(core) = of(Side::Server) else { return Ok(()) };
    let pid = Pid::from_raw(i32::try_from(pid)?).context("not a process")?;
    ensure!(sched_getaffinity(Some(pid))? == only(core), "the server is not on core {core}");
    Ok(())
}

fn only(core: usize) -> CpuSet {
    let mut cores = CpuSet::new();
    cores.set(core);
    cores
}

/// What a process has used of any core so far, user and system, from `/proc/PID/stat`; its
/// resolution is one tick of the kernel's clock, usually 10 ms.
pub(crate) fn used(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the program's name in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let mut next = || ticks.next().context("too few fields in stat");
    let total = next()?? + next()??;
    Ok(Duration::from_millis(total * 1_000 / rustix::param::clock_ticks_per_second()))
}

/// The share of one core, in percent.
pub(crate) fn percent(used: Duration, of: Duration) -> f64 {
    100.0 * used.as_secs_f64() / of.as_secs_f64().max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_client_leaves_the_servers_core_to_the_server() {
        let before = of(Side::Server);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(keep_on(Side::Client).is_ok());
                assert_eq!(of(Side::Server), before);
                if count() > 1 {
                    assert_ne!(of(Side::Client), before);
                    assert!(ensure_is_on_servers(std::process::id()).is_err());
                }
            });
        });
    }
}
