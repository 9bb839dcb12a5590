//! A proxy that passes HTTP and WebSockets through and writes down what it sees, as a scenario that can be played.
//!
//! Bytes pass as they are, two header lines excepted: `Host` names the target, and `Sec-WebSocket-Extensions` is
//! left out, because nobody could read compressed messages. What is seen goes into one log ([`Seen`]); the
//! `script` and the `trace` are made of it at the end. Secrets are replaced by parameters before anything is
//! written.

mod capture;
mod exchange;
mod frames;
mod head;
mod proxy;
mod script;
mod secrets;
mod seen;
mod text;
mod trace;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::stop::Stop;
use crate::target::Target;
use seen::Log;
pub use seen::{Payload, Seen, What};

/// What a proxy has seen.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// Everything, in its order.
    pub seen: Vec<Seen>,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The scenario.
    pub scenario: PathBuf,
    /// The trace.
    pub trace: PathBuf,
    /// A scenario of Tidegate's own that replays the trace, where questions were seen.
    pub replay: Option<PathBuf>,
    /// Steps of the script.
    pub steps: usize,
    /// Parameters that stand for secrets, to be given when the scenario is played.
    pub secrets: Vec<String>,
}

/// Passes every connection of `listener` on to `target` until `stop` is thrown; then what was seen.
///
/// # Errors
/// The listener fails.
pub async fn record(listener: TcpListener, target: &Target, stop: &Stop) -> io::Result<Recording> {
    let log = Arc::new(Log::new());
    proxy::serve(listener, target, &log, stop).await?;
    Ok(Recording { seen: log.take() })
}

impl Recording {
    /// The scenario that plays the recording, as TOML, with the parameters that stand for secrets.
    pub fn scenario(&self, target: &str) -> (String, Vec<String>) {
        let script = script::make(&self.seen);
        (text::scenario(&script, target), script.secrets.clone())
    }

    /// Time from the first to the last thing seen.
    pub fn length(&self) -> Duration {
        match (self.seen.first(), self.seen.last()) {
            (Some(first), Some(last)) => last.at.saturating_sub(first.at),
            _ => Duration::ZERO,
        }
    }

    /// Writes scenario and trace into `folder`, which is made when it is not there.
    ///
    /// # Errors
    /// Something can't be written.
    pub fn write(&self, folder: &Path, target: &str) -> io::Result<Written> {
        std::fs::create_dir_all(folder)?;
        let script = script::make(&self.seen);
        let trace = trace::make(&self.seen);
        let written = Written {
            scenario: folder.join("scenario.toml"),
            trace: folder.join("trace.csv"),
            replay: trace.is_questions.then(|| folder.join("questions.toml")),
            steps: script.steps.len(),
            secrets: script.secrets.clone(),
        };
        std::fs::write(&written.scenario, text::scenario(&script, target))?;
        std::fs::write(&written.trace, &trace.text)?;
        if let Some(replay) = &written.replay {
            std::fs::write(replay, text::replay(&trace, self.length()))?;
        }
        Ok(written)
    }
}
