//! Linux: `/proc`.

use std::fs;
use std::time::Duration;

use super::Figures;

/// Clock ticks a second in `/proc/PID/stat`: `USER_HZ`, 100 on every architecture this builds for.
const TICKS: u64 = 100;

pub(super) fn figures(pid: u32) -> Option<Figures> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(Figures { rss_kib: rss_kib(&status)?, cpu: cpu(&stat)?, open_files: open_files(pid) })
}

pub(super) fn open_file_limit() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// Newer kernels (6.2) tell the number as the size of the folder; counting tens of thousands of entries once a
/// second would cost more than what is measured.
fn open_files(pid: u32) -> Option<u64> {
    let folder = format!("/proc/{pid}/fd");
    match fs::metadata(&folder).ok()?.len() {
        0 => fs::read_dir(folder).ok().map(|files| files.count() as u64),
        told => Some(told),
    }
}

/// How many local ports the system gives to connections.
pub(super) fn local_ports() -> Option<u64> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut bounds = text.split_whitespace().map_while(|word| word.parse::<u64>().ok());
    let (first, last) = (bounds.next()?, bounds.next()?);
    Some(last.checked_sub(first)? + 1)
}

/// `VmRSS` of `/proc/PID/status`.
fn rss_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time of `/proc/PID/stat`. The name in brackets may hold blanks and brackets itself.
fn cpu(stat: &str) -> Option<Duration> {
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 5 6 7";
        assert_eq!(cpu(stat), Some(Duration::from_secs(2)));
        assert_eq!(cpu("nonsense"), None);
    }

    #[test]
    fn this_process_is_seen() {
        let own = figures(std::process::id()).unwrap();
        assert!(own.rss_kib > 0 && own.open_files.unwrap() > 0);
        assert!(open_file_limit().unwrap() > 0);
        assert!(local_ports().unwrap() > 0);
        let told = open_files(std::process::id()).unwrap();
        let counted = fs::read_dir("/proc/self/fd").unwrap().count() as u64;
        assert!(told.abs_diff(counted) < 32, "{told} told, {counted} counted");
    }
}
