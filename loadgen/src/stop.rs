//! Ending a run early, in good order.

use std::sync::Arc;

use tokio::sync::watch;

/// A switch that ends a run in good order: sessions close, reports are made. Clones are the same switch.
#[derive(Debug, Clone)]
pub struct Stop {
    switch: Arc<watch::Sender<bool>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { switch: Arc::new(watch::Sender::new(false)) }
    }
}

impl Stop {
    /// A switch that nobody has thrown yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Throws it. Later calls change nothing.
    pub fn stop(&self) {
        self.switch.send_replace(true);
    }

    /// True once it was thrown.
    pub fn is_stopped(&self) -> bool {
        *self.switch.borrow()
    }

    /// Comes back once it was thrown.
    pub async fn stopped(&self) {
        let mut seen = self.switch.subscribe();
        // The sender lives as long as `self`, so waiting can't fail.
        let _ = seen.wait_for(|stopped| *stopped).await;
    }
}
