//! The tools: one file each. Every one names its `database`.

mod collect;
mod contract;
mod discover;
mod execute;
mod results;
mod schema;
mod validate;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::message::Call;
use crate::config::Config;
use crate::database::{Database, DatabaseInfo, Observation, ResultColumn, Row, catalog};
use crate::listener::TierError;
use crate::observe::traces;

pub(crate) use contract::{Contract, contracts};
pub(crate) use execute::Executor;

/// Names of all tools.
pub(crate) const NAMES: [&str; 4] =
    ["discover_tables_tool", "get_table_schema_tool", "execute_query_tool", "validate_context_tool"];

/// A piece of a streamed result.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The columns; on the first piece.
    pub(crate) columns: Option<Vec<ResultColumn>>,
    /// Some rows.
    pub(crate) rows: Vec<Row>,
}

/// All tools over one set of databases. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    executor: Arc<Executor>,
}

impl Tools {
    /// Tools over `database`.
    pub(crate) fn new(config: &Arc<Config>, database: Database) -> Self {
        Self { executor: Arc::new(Executor::new(config, database)) }
    }

    /// The databases they work on.
    pub(crate) fn database(&self) -> &Database {
        self.executor.database()
    }

    /// The databases as they are now.
    pub(crate) fn databases(&self) -> Vec<Arc<DatabaseInfo>> {
        self.database().schemas()
    }

    /// Takes in what others changed: later calls see the new schema, and no result from before.
    pub(crate) fn observe(&self, observation: &Observation) -> Option<String> {
        let version = observation.schema.as_ref().map(schema::version);
        if let Some(schema) = &observation.schema {
            self.database().adopt(schema.clone());
        }
        self.executor.forget(&observation.database);
        version
    }

    /// Calls one. Pieces of a streamed result go to `pieces`. Dropping the future stops its statement.
    pub(crate) async fn call(&self, call: Call, pieces: mpsc::Sender<Piece>) -> Result<Value, TierError> {
        let span =
            tracing::error_span!("tool", tool = call.name, otel.name = call.name, otel.kind = "server");
        traces::adopt(&span, call.traceparent.as_deref());
        self.answer(call, pieces).instrument(span).await
    }

    async fn answer(&self, call: Call, pieces: mpsc::Sender<Piece>) -> Result<Value, TierError> {
        let arguments = call.arguments;
        match call.name.as_str() {
            "discover_tables_tool" => discover::call(self.database(), &read(arguments)?),
            "get_table_schema_tool" => schema::call(self.database(), &read(arguments)?),
            "validate_context_tool" => validate::call(self.database(), &read(arguments)?),
            "execute_query_tool" => self.executor.call(read(arguments)?, pieces).await,
            _ => Err(TierError::new("NOT_FOUND", "unknown tool").with_details(json!({ "tools": NAMES }))),
        }
    }
}

fn read<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, TierError> {
    serde_json::from_value(Value::Object(arguments))
        .map_err(|error| TierError::new("INVALID_MESSAGE", format!("arguments: {error}")))
}

/// The database of that name, or the error that helps to name one that exists.
fn schema_of(database: &Database, name: &str) -> Result<Arc<DatabaseInfo>, TierError> {
    database.schema(name).ok_or_else(|| unknown_database(name))
}

/// No such database.
pub(crate) fn unknown_database(name: &str) -> TierError {
    let shown: String = name.chars().take(64).collect();
    TierError::new("DATABASE_CONTEXT_INVALID", format!("unknown database `{shown}`")).with_details(json!({
        "user_message": format!("There is no database called \"{shown}\"."),
        "available_databases": available(),
        "hint": "Choose one of available_databases.",
    }))
}

/// A database that exists and can't be used now.
pub(crate) fn unavailable(reason: &str, message: &str, user_message: &str) -> TierError {
    TierError::new("DATABASE_CONTEXT_UNAVAILABLE", message).with_details(json!({
        "reason": reason,
        "user_message": user_message,
        "available_databases": available(),
        "hint": "Try again later.",
    }))
}

fn available() -> Vec<&'static str> {
    catalog().iter().map(|database| database.name.as_str()).collect()
}
