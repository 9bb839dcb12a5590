//! Gives freed memory back to the system.
//!
//! glibc keeps what a wave of connections has freed: 196 MiB at zero connections after 19,000, 1 MiB when
//! trimmed once a second. Large buffers that come and go, side by side, leave holes in it that trimming does not reach.
//! Other allocators have habits of their own, so this is for a binary to call that runs on glibc's.

/// Trims glibc's heap; whether anything was given back. Elsewhere it does nothing.
pub fn trim() -> bool {
    imp::trim()
}

/// From now on each large buffer has pages of its own, which go back when it is freed, and all threads share one heap:
/// the suite, which moves many messages of some MiB, needs 160 MiB with it and 250 without. It costs page faults and
/// locks, so it is not for a server. Elsewhere it does nothing.
pub fn return_large_buffers() {
    imp::return_large_buffers();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod imp {
    /// From this many bytes a buffer is large: glibc's own measure, before it begins to raise it by itself.
    const LARGE: libc::c_int = 128 << 10;

    #[expect(unsafe_code, reason = "mallopt has no safe binding; it takes two numbers and locks by itself")]
    pub(super) fn return_large_buffers() {
        // SAFETY: two numbers, and no pointer of ours; what is refused stays as it was
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
            libc::mallopt(libc::M_ARENA_MAX, 1);
        }
    }

    #[expect(
        unsafe_code,
        reason = "malloc_trim has no safe binding; it takes no pointer and locks by itself"
    )]
    pub(super) fn trim() -> bool {
        // SAFETY: no arguments but a number, callable at any time from any thread (MT-safe per its manual)
        unsafe { libc::malloc_trim(0) == 1 }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod imp {
    pub(super) fn return_large_buffers() {}

    pub(super) fn trim() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_heap_is_told_is_always_allowed() {
        super::return_large_buffers();
        let large = vec![1_u8; 1 << 20];
        drop(large);
        let _ = super::trim();
    }
}
