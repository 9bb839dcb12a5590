//! Ctrl-C and SIGTERM: the first one asks for an orderly end, the second one ends at once.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for the next interrupt or termination signal.
pub(crate) struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Interrupts {
    /// Starts listening; from here on the signals no longer end the process by themselves.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// SIGHUP: read again what can change while serving.
pub(crate) struct Reloads(tokio::signal::unix::Signal);

impl Reloads {
    /// Starts listening; from here on the signal no longer ends the process.
    pub(crate) fn listen() -> std::io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// The next request.
    pub(crate) async fn next(&mut self) {
        self.0.recv().await;
    }
}
