//! What the process uses, as the kernel says. Where there is no `/proc`, memory and open files are zero.

use std::time::Duration;

/// What the process uses.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Usage {
    /// Resident memory in bytes.
    pub(super) memory: i64,
    /// Open file handles.
    pub(super) open_files: i64,
    /// How many may be open.
    pub(super) most_files: i64,
    /// CPU time.
    pub(super) cpu_seconds: f64,
}

pub(super) fn usage() -> Usage {
    let page = i64::try_from(rustix::param::page_size()).unwrap_or(4_096);
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages: Option<i64> = pages.and_then(|text| text.split(' ').nth(1)?.parse().ok());
    let open = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let cpu = Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0));
    Usage {
        memory: pages.unwrap_or(0) * page,
        open_files: i64::try_from(open).unwrap_or(i64::MAX),
        most_files: limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX)),
        cpu_seconds: cpu.as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_something() {
        let usage = usage();
        assert!(usage.memory > 1_000_000 && usage.open_files > 2 && usage.most_files >= usage.open_files, "{usage:?}");
    }
}
