//! The two phases of an end: draining, then stopping.

use tokio_util::sync::CancellationToken;

/// Tells everybody to drain, then to stop. Clones are one handle.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    stopping: CancellationToken,
}

impl Shutdown {
    /// A server that runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// First phase: no new work. Ports stay open to say so.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Second phase: everything ends. Includes the first.
    pub fn stop(&self) {
        self.draining.cancel();
        self.stopping.cancel();
    }

    /// Whether the first phase has begun.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Whether the second phase has begun.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Waits for the first phase.
    pub async fn draining(&self) {
        self.draining.cancelled().await;
    }

    /// Waits for the second phase.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }
}
