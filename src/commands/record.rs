//! `tidegate record`.

use anyhow::Context as _;
use loadgen::record::record;
use loadgen::{Stop, Target};
use tokio::net::TcpListener;

use crate::arguments::RecordArguments;
use crate::console::{self, Console};
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupts;
use crate::{setup, targets};

/// Passes traffic on until an interrupt, then writes what was seen as a scenario.
pub(crate) fn run(arguments: &RecordArguments, console: &Console) -> anyhow::Result<Exit> {
    let trust = targets::trusted(arguments.ca.as_deref())?;
    setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let target = Target::trusting(&arguments.target, &trust).await.map_err(setup::usage)?;
        let listener = TcpListener::bind(arguments.listen)
            .await
            .map_err(|error| Failure::Usage(format!("{} can't be listened on: {error}", arguments.listen)))?;
        announce(&listener, &arguments.target)?;
        let stop = Stop::new();
        let recording = record(listener, &target, &stop);
        tokio::pin!(recording);
        let recording = loop {
            tokio::select! {
                recording = &mut recording => break recording.context("the proxy can't listen any more")?,
                () = interrupts.next() => stop.stop(),
            }
        };
        if recording.seen.is_empty() {
            console.line("nothing came by: nothing is written");
            return Ok(Exit::NothingSelected);
        }
        let written = recording
            .write(&arguments.write, &arguments.target)
            .with_context(|| format!("can't write to {}", arguments.write.display()))?;
        console.line(&format!("{} steps in {}", written.steps, written.scenario.display()));
        console.line(&format!("the trace is {}", written.trace.display()));
        if let Some(replay) = &written.replay {
            console.line(&format!("the questions are replayed by {}", replay.display()));
        }
        if !written.secrets.is_empty() {
            let names = written.secrets.join(", ");
            console.line(&format!("not written down, to be given by --set parameters.NAME=VALUE: {names}"));
        }
        Ok(Exit::Pass)
    })
}

/// The one line that says the proxy is ready, and where.
fn announce(listener: &TcpListener, target: &str) -> anyhow::Result<()> {
    let line = serde_json::json!({
        "event": "listening",
        "pid": std::process::id(),
        "proxy": listener.local_addr()?.to_string(),
        "target": target,
    });
    console::print(&format!("{line}\n")).context("can't say that the proxy is ready")
}
