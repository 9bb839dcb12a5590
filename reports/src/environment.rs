//! Where a run takes place. The only place of this library that asks the operating system.

use crate::model::Environment;

impl Environment {
    /// Looks at this machine. What can't be found out is `None`.
    pub fn detect() -> Self {
        Self {
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: system::memory_mib(),
            kernel: system::kernel(),
            build: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;

    pub(super) fn memory_mib() -> Option<u64> {
        memory_of(&fs::read_to_string("/proc/meminfo").ok()?)
    }

    pub(super) fn kernel() -> Option<String> {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
        Some(release.trim().to_owned()).filter(|release| !release.is_empty())
    }

    /// Reads `MemTotal:  24689764 kB`.
    fn memory_of(meminfo: &str) -> Option<u64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib / 1024)
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn memory_is_read_or_unknown() {
            assert_eq!(super::memory_of("MemTotal:       24689764 kB\nMemFree: 1 kB\n"), Some(24_111));
            assert_eq!(super::memory_of("MemFree: 1 kB\n"), None);
            assert_eq!(super::memory_of("MemTotal: lots\n"), None);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) fn memory_mib() -> Option<u64> {
        None
    }

    pub(super) fn kernel() -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_at_least_one_core() {
        let environment = Environment::detect();
        assert!(environment.cores >= 1);
        assert!(environment.platform.contains(std::env::consts::ARCH));
    }
}
