//! Looking for changes that others made in the databases, and telling everybody who is concerned.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::task::AbortOnDropHandle;

use super::{SchemaChange, SchemaFeed, Server};
use crate::database::{Observation, Observer};
use crate::mcp::tools::Tools;

/// Looks from now on, until the handle is dropped.
pub(super) fn start(server: &Server) -> AbortOnDropHandle<()> {
    let observer = server.tools.database().observer();
    let interval = server.config.database.change_interval.max(Duration::from_millis(1));
    let task = observe(observer, interval, server.tools.clone(), server.changes.clone());
    AbortOnDropHandle::new(tokio::spawn(task))
}

async fn observe(mut observer: Box<dyn Observer>, interval: Duration, tools: Tools, changes: SchemaFeed) {
    let mut looks = tokio::time::interval(interval);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        looks.tick().await;
        match observer.look().await {
            Ok(found) => {
                failing = false;
                found.into_iter().for_each(|observation| announce(observation, &tools, &changes));
            }
            // Said once, not at every look.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "can't look whether a database changed");
            }
            Err(_) => {}
        }
    }
}

/// Caches first, then the news: who asks because of the news gets what is new.
fn announce(observation: Observation, tools: &Tools, changes: &SchemaFeed) {
    let version = tools.observe(&observation);
    let Observation { database, tables, .. } = observation;
    if let Some(schema_version) = version {
        tracing::info!(%database, %schema_version, "schema changed");
        changes.announce(SchemaChange::Schema { database: database.clone(), schema_version });
    }
    for table in tables {
        tracing::debug!(%database, %table, "rows changed");
        changes.announce(SchemaChange::Table { database: database.clone(), table });
    }
}
