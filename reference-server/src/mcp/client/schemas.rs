//! Schemas that are known already.
//!
//! The connection is subscribed to `schema_changed`, so as long as it lives and nothing was announced, a schema that
//! came over it is the newest and need not be asked for. After that it is asked for with the version that is known,
//! and comes again only if it is another one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::broadcast;

use crate::database::ColumnKind;
use crate::mcp::server::SchemaChange;

/// News kept for a receiver that is behind.
const KEPT: usize = 64;

/// The tables of a database.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Schema {
    /// Database.
    pub database: String,
    /// Changes whenever tables or columns do.
    pub schema_version: String,
    /// Tables.
    pub tables: Vec<SchemaTable>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SchemaTable {
    /// Name.
    pub name: String,
    /// Columns in their order.
    pub columns: Vec<SchemaColumn>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SchemaColumn {
    /// Name.
    pub name: String,
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: ColumnKind,
    /// Whether it may be null.
    pub nullable: bool,
    /// What it is a foreign key to.
    #[serde(default)]
    pub references: Option<SchemaReference>,
}

/// The target of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SchemaReference {
    /// Table.
    pub table: String,
    /// Column.
    pub column: String,
}

/// What a subscriber is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A change.
    Changed(SchemaChange),
    /// There may have been any: the connection was lost for a while, or the server could not keep up.
    Missed,
}

/// What came over the connections about changes. Shared by the client and its connection.
#[derive(Debug)]
pub(super) struct Follower {
    /// Moves whenever a schema may have changed.
    moment: AtomicU64,
    news: broadcast::Sender<News>,
}

impl Default for Follower {
    fn default() -> Self {
        Self { moment: AtomicU64::new(0), news: broadcast::Sender::new(KEPT) }
    }
}

impl Follower {
    pub(super) fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// An event of the server.
    pub(super) fn heard(&self, event_name: &str, payload: &Value) {
        let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
        let change = match (event_name, text("database"), text("schema_version"), text("table")) {
            ("schema_changed", Some(database), Some(schema_version), _) => {
                News::Changed(SchemaChange::Schema { database, schema_version })
            }
            ("table_changed", Some(database), _, Some(table)) => {
                News::Changed(SchemaChange::Table { database, table })
            }
            ("schema_changed" | "table_changed", ..) => News::Missed,
            _ => return,
        };
        if event_name == "schema_changed" {
            self.moved();
        }
        self.tell(change);
    }

    /// The connection is gone: what happens from now on is not heard of.
    pub(super) fn moved(&self) {
        self.moment.fetch_add(1, Ordering::SeqCst);
    }

    /// Tells all who listen.
    pub(super) fn tell(&self, news: News) {
        // An error only says that nobody does.
        let _ = self.news.send(news);
    }

    pub(super) fn moment(&self) -> u64 {
        self.moment.load(Ordering::SeqCst)
    }
}

/// The schemas that came so far.
#[derive(Debug, Default)]
pub(super) struct Schemas(Mutex<HashMap<String, Known>>);

#[derive(Debug, Clone)]
struct Known {
    schema: Arc<Schema>,
    /// When it was asked for.
    moment: u64,
}

impl Schemas {
    /// The schema, if nothing may have changed since it was asked for.
    pub(super) fn fresh(&self, database: &str, moment: u64) -> Option<Arc<Schema>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(database).filter(|known| known.moment == moment).map(|known| Arc::clone(&known.schema))
    }

    /// Arguments that ask for it, with the version that is known.
    pub(super) fn question(&self, database: &str) -> Map<String, Value> {
        let mut arguments = Map::new();
        arguments.insert("database".to_owned(), Value::from(database));
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(database) {
            arguments.insert("schema_version".to_owned(), Value::from(known.schema.schema_version.as_str()));
        }
        arguments
    }

    /// Takes an answer to a question that was asked at `moment`; with it, whether the schema came anew.
    pub(super) fn take(
        &self,
        database: &str,
        answer: Value,
        moment: u64,
    ) -> Result<(Arc<Schema>, bool), String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answer["not_modified"] == true {
            let known = known.get_mut(database).ok_or("not modified, but nothing is known")?;
            known.moment = moment;
            return Ok((Arc::clone(&known.schema), false));
        }
        let schema: Schema = serde_json::from_value(answer).map_err(|error| error.to_string())?;
        let schema = Arc::new(schema);
        known.insert(database.to_owned(), Known { schema: Arc::clone(&schema), moment });
        Ok((schema, true))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(version: &str) -> Value {
        json!({ "database": "d", "schema_version": version, "not_modified": false, "tables": [
            { "name": "t", "columns": [{ "name": "c", "type": "integer", "nullable": false }] },
        ] })
    }

    #[test]
    fn a_schema_is_fresh_until_something_may_have_changed() {
        let (follower, schemas) = (Follower::default(), Schemas::default());
        let asked = follower.moment();
        assert!(schemas.fresh("d", asked).is_none());
        assert!(!schemas.question("d").contains_key("schema_version"));
        let (schema, anew) = schemas.take("d", answer("1"), asked).unwrap();
        assert!(anew && schemas.fresh("d", follower.moment()) == Some(schema));
        follower.heard("table_changed", &json!({ "database": "d", "table": "t" }));
        assert!(schemas.fresh("d", follower.moment()).is_some(), "rows are no part of it");
        follower.heard("schema_changed", &json!({ "database": "d", "schema_version": "2" }));
        assert!(schemas.fresh("d", follower.moment()).is_none());
        assert_eq!(schemas.question("d")["schema_version"], "1");
        let not_modified = json!({ "database": "d", "schema_version": "1", "not_modified": true });
        let (_, anew) = schemas.take("d", not_modified, follower.moment()).unwrap();
        assert!(!anew && schemas.fresh("d", follower.moment()).is_some());
    }

    #[test]
    fn an_answer_that_a_change_overtook_is_not_fresh() {
        let (follower, schemas) = (Follower::default(), Schemas::default());
        let asked = follower.moment();
        follower.heard("schema_changed", &json!({ "database": "d", "schema_version": "2" }));
        schemas.take("d", answer("1"), asked).unwrap();
        assert!(schemas.fresh("d", follower.moment()).is_none());
    }

    #[test]
    fn odd_answers_are_refused() {
        let schemas = Schemas::default();
        assert!(schemas.take("d", json!({ "not_modified": true }), 0).is_err());
        assert!(schemas.take("d", json!({ "tables": 7 }), 0).is_err());
    }

    #[test]
    fn what_can_not_be_read_is_told_as_missed() {
        let follower = Follower::default();
        let mut news = follower.listen();
        follower.heard("schema_changed", &json!({ "database": null, "missed": true }));
        assert_eq!(news.try_recv(), Ok(News::Missed));
        follower.heard("weather_changed", &json!({}));
        assert!(news.try_recv().is_err());
    }
}
