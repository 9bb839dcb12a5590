//! What a running server reads again when it is asked to: keys, certificates. Connections stay.

use std::sync::{Arc, Mutex, PoisonError};

type Read = Box<dyn Fn() -> Result<(), String> + Send>;

/// Everything that can be read again. Cheap to clone.
#[derive(Clone, Default)]
pub struct Reloads(Arc<Mutex<Vec<(&'static str, Read)>>>);

impl Reloads {
    /// Adds something; `read` keeps what it had when it fails.
    pub fn register(&self, name: &'static str, read: impl Fn() -> Result<(), String> + Send + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((name, Box::new(read)));
    }

    /// Reads all of it again and logs what came of it; gives the names of what failed, which stays as it was.
    pub fn run(&self) -> Vec<&'static str> {
        let reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut failed = Vec::new();
        for (name, read) in reads.iter() {
            match read() {
                Ok(()) => tracing::info!(what = name, "read again"),
                Err(error) => {
                    tracing::error!(what = name, %error, "can't be read again; the old one stays");
                    failed.push(*name);
                }
            }
        }
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_read_again_and_failures_are_named() {
        let reloads = Reloads::default();
        let count = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&count);
        reloads.register("good", move || {
            *counted.lock().unwrap() += 1;
            Ok(())
        });
        reloads.register("bad", || Err("no such file".to_owned()));
        assert_eq!(reloads.run(), ["bad"]);
        assert_eq!(reloads.run(), ["bad"]);
        assert_eq!(*count.lock().unwrap(), 2);
    }
}
