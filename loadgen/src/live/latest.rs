//! The newest second of a run, where everybody who shows it finds it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::options::{Observer, Snapshot};

/// Holds the newest snapshot. Clones are the same place.
#[derive(Debug, Clone, Default)]
pub struct Latest(Arc<Mutex<Option<Arc<Snapshot>>>>);

impl Latest {
    /// The newest snapshot; `None` before the first second of the first run is over.
    pub fn get(&self) -> Option<Arc<Snapshot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Latest {
    fn second(&self, snapshot: &Snapshot) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot.clone()));
    }
}
