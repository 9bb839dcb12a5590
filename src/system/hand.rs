//! How each action of a scenario is done and undone.

use anyhow::Context as _;
use loadgen::actions::{Done, Hand};
use scenarios::{Action, Deed};
use tokio::sync::Mutex;

use super::System;
use crate::reference::{Reference, Signal};

impl Hand for System {
    fn begin<'h>(&'h self, action: &'h Action) -> Done<'h> {
        Box::pin(async move { told(self.begun(action).await) })
    }

    fn end<'h>(&'h self, action: &'h Action) -> Done<'h> {
        Box::pin(async move { told(self.undone(action).await) })
    }
}

fn told(outcome: anyhow::Result<()>) -> Result<(), String> {
    outcome.map_err(|error| format!("{error:#}"))
}

impl System {
    async fn begun(&self, action: &Action) -> anyhow::Result<()> {
        match action.deed {
            Deed::StopDatabase => Ok(self.container()?.stop().await?),
            Deed::FreezeServer => {
                self.server.lock().await.signal(Signal::Stop);
                Ok(())
            }
            Deed::RestartServer => self.end_server(Signal::Terminate).await,
            Deed::KillServer => self.end_server(Signal::Kill).await,
            Deed::StopAgent => self.agent(action)?.lock().await.end(Signal::Kill).await,
        }
    }

    async fn undone(&self, action: &Action) -> anyhow::Result<()> {
        match action.deed {
            Deed::StopDatabase => Ok(self.container()?.start_again().await?),
            Deed::FreezeServer => {
                self.server.lock().await.signal(Signal::Continue);
                Ok(())
            }
            Deed::RestartServer | Deed::KillServer => {
                let mut server = self.server.lock().await;
                server.start_again().await?;
                self.is_now(server.pid());
                Ok(())
            }
            Deed::StopAgent => self.agent(action)?.lock().await.start_again().await,
        }
    }

    async fn end_server(&self, signal: Signal) -> anyhow::Result<()> {
        // Nobody is to take the end that was asked for as the loss of the target.
        self.is_now(None);
        self.server.lock().await.end(signal).await
    }

    fn is_now(&self, pid: Option<u32>) {
        if let Some(process) = self.process.get() {
            process.is_now(pid);
        }
    }

    fn container(&self) -> anyhow::Result<&reference_server::database::Container> {
        self.database.as_ref().context("the database was not started here, so it is not stopped here")
    }

    fn agent(&self, action: &Action) -> anyhow::Result<&Mutex<Reference>> {
        let name = action.agent.as_deref().unwrap_or_default();
        let found = self.agents.iter().find(|(known, _)| known == name);
        found.map(|(_, agent)| agent).with_context(|| format!("agent {name:?} has no process of its own"))
    }
}
