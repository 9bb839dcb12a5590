//! Memory, processor time and open files of a process, seen from outside. Linux tells through `/proc`;
//! elsewhere everything is unknown.

#[cfg(target_os = "linux")]
mod proc;
#[cfg(not(target_os = "linux"))]
mod unknown;

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
use proc as platform;
#[cfg(not(target_os = "linux"))]
use unknown as platform;

/// Figures of one process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Resident memory, KiB.
    pub rss_kib: u64,
    /// Processor time used since its start.
    pub cpu: Duration,
    /// Open files, sockets included; `None` where this may not be seen.
    pub open_files: Option<u64>,
}

/// Figures of both sides at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The server.
    pub server: Option<Figures>,
    /// This process.
    pub generator: Option<Figures>,
}

impl Usage {
    /// Looks at both.
    pub fn now(server: Option<u32>) -> Self {
        Self { server: server.and_then(figures), generator: figures(std::process::id()) }
    }
}

/// Figures of the process `pid` now; `None` when it is gone or nothing can be known.
pub fn figures(pid: u32) -> Option<Figures> {
    platform::figures(pid)
}

/// Open files this process may have; `None` when unknown.
pub fn open_file_limit() -> Option<u64> {
    platform::open_file_limit()
}

/// How many local ports the system gives to connections; `None` when unknown.
pub fn local_ports() -> Option<u64> {
    platform::local_ports()
}
