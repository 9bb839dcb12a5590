//! A process of its own for one check, which may stop it.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitStatus;

use crate::Error;
use crate::checks::{ReasonCode, Step, Stop, fail};

use super::child::Running;
use super::file::TargetFile;
use super::place::Target;
use super::places::Places;
use super::variant::Variant;

/// A target about to be ready.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<Running, Error>> + Send + 'a>>;

/// Starts processes of a target that belong to one check each.
pub trait Processes: Send + Sync {
    /// Starts one, in the configuration `variant` if there is one, with `places` filled in; it ends when the value is
    /// dropped.
    fn start<'a>(&'a self, variant: Option<&'static Variant>, places: &'a Places) -> Starting<'a>;

    /// Starts `target`, which has gone away, again where it was.
    fn start_again<'a>(&'a self, _variant: Option<&'static Variant>, target: &'a Target) -> Starting<'a> {
        let cause = "it is not started again".to_owned();
        Box::pin(std::future::ready(Err(Error::Start { target: target.name.clone(), cause })))
    }
}

impl Processes for TargetFile {
    fn start<'a>(&'a self, variant: Option<&'static Variant>, places: &'a Places) -> Starting<'a> {
        Box::pin(async move {
            let file = Self { places: places.clone(), ..startable(self, variant)? };
            Self::start(&file).await
        })
    }

    fn start_again<'a>(&'a self, variant: Option<&'static Variant>, target: &'a Target) -> Starting<'a> {
        Box::pin(async move {
            let file = startable(self, variant)?;
            let port = target.address().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            Self::start_at(&file, port.unwrap_or_default()).await
        })
    }
}

/// The file of `variant`, if it says how that is started.
fn startable(file: &TargetFile, variant: Option<&'static Variant>) -> Result<TargetFile, Error> {
    let refuse = |cause: String| Error::Start { target: file.target.name.clone(), cause };
    let file = match variant {
        None => file.clone(),
        Some(variant) => file.variant(variant.name).ok_or_else(|| {
            refuse(format!("[variants.{}] is not in the target file: {}", variant.name, variant.about))
        })?,
    };
    if file.target.start.is_empty() {
        return Err(refuse("the target file has no start: the suite only stops what it started".to_owned()));
    }
    Ok(file)
}

/// What a mutant does to the signals of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalFault {
    /// The signal with this number, counted from 1, does not reach the process.
    Swallow(u32),
    /// The process is killed instead.
    Kill,
    /// The second signal follows the first at once.
    Twice,
}

/// A process that belongs to one check.
#[derive(Debug)]
pub struct OwnProcess {
    running: Running,
    fault: Option<SignalFault>,
    sent: u32,
}

impl OwnProcess {
    /// `running`, whose signals a mutant may spoil.
    pub fn new(running: Running, fault: Option<SignalFault>) -> Self {
        Self { running, fault, sent: 0 }
    }

    /// Sends the target's stop signal.
    pub fn signal(&mut self) {
        self.sent += 1;
        match self.fault {
            Some(SignalFault::Swallow(number)) if number == self.sent => {}
            Some(SignalFault::Kill) => self.running.kill(),
            Some(SignalFault::Twice) => {
                self.running.signal();
                self.running.signal();
            }
            _ => self.running.signal(),
        }
    }

    /// All that it has written, when it has ended.
    pub async fn log(&mut self) -> Step<String> {
        self.running.log().await.map_err(|error| Stop::Harness(format!("can't read the log: {error}")))
    }

    /// Waits for its end.
    pub async fn exit(&mut self, limit: std::time::Duration) -> Step<ExitStatus> {
        match self.running.wait(limit).await {
            Some(Ok(status)) => Ok(status),
            Some(Err(error)) => Err(Stop::Harness(format!("can't wait for the process: {error}"))),
            None => {
                fail(ReasonCode::NotClosed, format!("the end of the process within {limit:?}"), "it runs on")
            }
        }
    }
}
