//! Starting reference servers. This crate knows none: the command line does.

use std::future::Future;
use std::pin::Pin;

use crate::Error;
use crate::target::Running;

/// A reference server about to be ready.
pub type Launching<'a> = Pin<Box<dyn Future<Output = Result<Running, Error>> + Send + 'a>>;

/// Starts reference servers.
pub trait Launcher: Send + Sync {
    /// Starts one with [`super::reference_config`] of `overrides`; it ends when the value is dropped.
    fn launch<'a>(&'a self, overrides: &'a [&'a str]) -> Launching<'a>;
}
