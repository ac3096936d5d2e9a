//! Which core is whose: the server under test has the first, the load generator the second.
//!
//! With one core in the machine nothing is pinned, and the figures mean less.

use std::time::Duration;

use anyhow::Context as _;

pub(crate) const SERVER: usize = 0;
pub(crate) const CLIENT: usize = 1;

/// Whether server and client can have a core each.
pub(crate) fn are_enough() -> bool {
    std::thread::available_parallelism().is_ok_and(|cores| cores.get() > CLIENT)
}

/// Keeps the calling thread, and the threads that it starts, on one core.
pub(crate) fn pin(core: usize) -> anyhow::Result<()> {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(core);
    rustix::thread::sched_setaffinity(None, &cores).context("cannot be pinned to a core")
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
