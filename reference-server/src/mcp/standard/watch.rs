//! Telling clients what changed: schemas that were subscribed to, and lists of resources, tools and prompts.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use rmcp::model::{ResourceUpdatedNotificationParam, SubscriptionFilter};
use rmcp::service::{Peer, RoleServer, ServiceError, SubscriptionContext, SubscriptionSendError};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::task::AbortOnDropHandle;

use super::resources::Place;
use crate::mcp::server::{SchemaChange, SchemaFeed};

/// A list that is not the same any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListChange {
    /// The tools.
    Tools,
    /// The prompts.
    Prompts,
}

/// Both feeds at once.
pub(super) struct Changes {
    schemas: broadcast::Receiver<SchemaChange>,
    lists: Option<broadcast::Receiver<ListChange>>,
}

/// What a client may have to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    /// Schema of a database; without a name some changes were missed, so it may be any.
    Schema(Option<String>),
    List(ListChange),
}

impl Changes {
    pub(super) fn new(feed: &SchemaFeed, lists: Option<broadcast::Receiver<ListChange>>) -> Self {
        Self { schemas: feed.listen(), lists }
    }

    /// The next change; `None` when there will be no more.
    async fn next(&mut self) -> Option<Change> {
        loop {
            let lists = async {
                match &mut self.lists {
                    Some(lists) => lists.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                change = self.schemas.recv() => match change {
                    Ok(SchemaChange::Schema { database, .. }) => return Some(Change::Schema(Some(database))),
                    // Rows are no part of a schema.
                    Ok(SchemaChange::Table { .. }) => {}
                    Err(RecvError::Lagged(_)) => return Some(Change::Schema(None)),
                    Err(RecvError::Closed) => return None,
                },
                change = lists => match change {
                    Ok(change) => return Some(Change::List(change)),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => self.lists = None,
                },
            }
        }
    }
}

fn concerns(uri: &str, database: Option<&str>) -> bool {
    Place::read(uri).is_some_and(|place| database.is_none_or(|database| database == place.database))
}

/// Subscriptions of one session, for the versions that have sessions.
#[derive(Debug, Default)]
pub(super) struct Watch {
    uris: std::sync::Arc<Mutex<BTreeSet<String>>>,
    task: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl Watch {
    pub(super) fn add(&self, uri: String) {
        self.uris.lock().unwrap_or_else(PoisonError::into_inner).insert(uri);
    }

    pub(super) fn remove(&self, uri: &str) {
        self.uris.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }

    /// Tells `peer` from now on, until the session ends.
    pub(super) fn start(&self, peer: Peer<RoleServer>, mut changes: Changes) {
        let uris = std::sync::Arc::clone(&self.uris);
        let task = tokio::spawn(async move {
            while let Some(change) = changes.next().await {
                let watched: Vec<String> = match &change {
                    Change::Schema(database) => {
                        let uris = uris.lock().unwrap_or_else(PoisonError::into_inner);
                        uris.iter().filter(|uri| concerns(uri, database.as_deref())).cloned().collect()
                    }
                    Change::List(_) => Vec::new(),
                };
                if tell(&peer, &change, watched).await.is_err() {
                    return;
                }
            }
        });
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(AbortOnDropHandle::new(task));
    }
}

async fn tell(peer: &Peer<RoleServer>, change: &Change, watched: Vec<String>) -> Result<(), ServiceError> {
    match change {
        Change::List(ListChange::Tools) => peer.notify_tool_list_changed().await,
        Change::List(ListChange::Prompts) => peer.notify_prompt_list_changed().await,
        Change::Schema(_) => {
            peer.notify_resource_list_changed().await?;
            for uri in watched {
                peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await?;
            }
            Ok(())
        }
    }
}

/// Serves one `subscriptions/listen` request, which takes the place of a session from 2026-07-28 on.
pub(super) async fn listen(context: SubscriptionContext, mut changes: Changes) {
    loop {
        let change = tokio::select! {
            () = context.cancelled() => return,
            change = changes.next() => change,
        };
        let Some(change) = change else { return };
        if forward(&context, &change).await.is_err() {
            return;
        }
    }
}

async fn forward(context: &SubscriptionContext, change: &Change) -> Result<(), SubscriptionSendError> {
    let (sink, accepted): (_, &SubscriptionFilter) = (context.sink(), context.accepted());
    let wanted = |flag: Option<bool>| flag == Some(true);
    match change {
        Change::List(ListChange::Tools) if wanted(accepted.tools_list_changed) => {
            sink.notify_tool_list_changed().await
        }
        Change::List(ListChange::Prompts) if wanted(accepted.prompts_list_changed) => {
            sink.notify_prompt_list_changed().await
        }
        Change::List(_) => Ok(()),
        Change::Schema(database) => {
            if wanted(accepted.resources_list_changed) {
                sink.notify_resource_list_changed().await?;
            }
            for uri in accepted.resource_subscriptions.iter().flatten() {
                if concerns(uri, database.as_deref()) {
                    sink.notify_resource_updated(uri).await?;
                }
            }
            Ok(())
        }
    }
}
