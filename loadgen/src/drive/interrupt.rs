//! goose installs a Ctrl-C handler for the whole process, over whatever the program had. This keeps the
//! program's own: what was there before a run is put back once goose is under way, so that Ctrl-C reaches the
//! program, which throws [`Stop`](crate::Stop).

#![expect(
    unsafe_code,
    reason = "sigaction(2) has no safe interface, and goose offers no switch for its handler"
)]

/// The disposition of SIGINT as it was found.
#[cfg(unix)]
pub(super) struct Kept(libc::sigaction);

#[cfg(unix)]
impl Kept {
    /// Remembers the disposition of SIGINT; `None` when the system does not tell.
    pub(super) fn take() -> Option<Self> {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: with a null new action the call only writes the old one to a valid, writable place.
        let status = unsafe { libc::sigaction(libc::SIGINT, std::ptr::null(), action.as_mut_ptr()) };
        // SAFETY: status 0 means that the kernel filled it in.
        (status == 0).then(|| Self(unsafe { action.assume_init() }))
    }

    /// Puts it back.
    pub(super) fn restore(&self) {
        // SAFETY: the action came from the kernel; whoever installed it is still loaded.
        unsafe { libc::sigaction(libc::SIGINT, &raw const self.0, std::ptr::null_mut()) };
    }
}

/// Nothing to keep where there are no signals.
#[cfg(not(unix))]
pub(super) struct Kept;

#[cfg(not(unix))]
impl Kept {
    pub(super) fn take() -> Option<Self> {
        None
    }

    pub(super) fn restore(&self) {}
}
