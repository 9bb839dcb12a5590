//! Schemas as resources: `schema://financial_db` is a database, `schema://financial_db/orders` a table of it.

use rmcp::ErrorData;
use rmcp::model::{
    ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate,
};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::page::page;
use crate::mcp::message::Call;
use crate::mcp::tools::Tools;

const SCHEME: &str = "schema://";
const MIME: &str = "application/json";
/// Resources of one page.
const PAGE: usize = 10;

/// What a URI of ours names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) database: &'a str,
    pub(super) table: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Reads a URI; `None` for others than ours.
    pub(super) fn read(uri: &'a str) -> Option<Self> {
        let path = uri.strip_prefix(SCHEME)?;
        let (database, table) = match path.split_once('/') {
            Some((database, table)) => (database, Some(table)),
            None => (path, None),
        };
        let named = |text: &str| !text.is_empty() && !text.contains('/');
        (named(database) && table.is_none_or(named)).then_some(Self { database, table })
    }
}

/// The resources there are at this moment.
fn all(tools: &Tools) -> Vec<Resource> {
    let mut resources = Vec::new();
    for database in tools.databases() {
        let uri = format!("{SCHEME}{}", database.name);
        resources.push(
            Resource::new(&uri, &database.name)
                .with_title(format!("Schema of {}", database.name))
                .with_description(&database.description)
                .with_mime_type(MIME),
        );
        for table in &database.tables {
            resources.push(
                Resource::new(format!("{uri}/{}", table.name), format!("{}.{}", database.name, table.name))
                    .with_title(format!("Columns of {}", table.name))
                    .with_description(format!("Columns of table {} of {}", table.name, database.name))
                    .with_mime_type(MIME),
            );
        }
    }
    resources
}

/// `resources/list`; `more` come after ours.
pub(super) fn list(
    tools: &Tools,
    more: Vec<Resource>,
    request: Option<PaginatedRequestParams>,
) -> Result<ListResourcesResult, ErrorData> {
    let mut resources = all(tools);
    resources.extend(more);
    let (items, next_cursor) = page(resources, request, PAGE)?;
    Ok(ListResourcesResult { next_cursor, ..ListResourcesResult::with_all_items(items) })
}

/// `resources/templates/list`; `more` come after ours.
pub(super) fn templates(more: Vec<ResourceTemplate>) -> ListResourceTemplatesResult {
    let mut templates = vec![
        ResourceTemplate::new(format!("{SCHEME}{{database}}"), "database_schema")
            .with_title("Schema of a database")
            .with_description("All tables of a database with their columns")
            .with_mime_type(MIME),
        ResourceTemplate::new(format!("{SCHEME}{{database}}/{{table}}"), "table_schema")
            .with_title("Columns of a table")
            .with_description("The columns of one table")
            .with_mime_type(MIME),
    ];
    templates.extend(more);
    ListResourceTemplatesResult::with_all_items(templates)
}

/// `resources/read`.
pub(super) async fn read(tools: &Tools, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let Some(place) = Place::read(uri) else { return Err(missing(uri)) };
    let schema = schema(tools, place).await.ok_or_else(|| missing(uri))?;
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(MIME)]))
}

/// The schema at a place, if there is one.
pub(super) async fn schema(tools: &Tools, place: Place<'_>) -> Option<Value> {
    let mut arguments = Map::new();
    arguments.insert("database".to_owned(), json!(place.database));
    if let Some(table) = place.table {
        arguments.insert("table".to_owned(), json!(table));
    }
    let (pieces, _) = mpsc::channel(1);
    tools.call(Call::new("get_table_schema_tool", arguments), pieces).await.ok()
}

/// No such resource.
pub(super) fn missing(uri: &str) -> ErrorData {
    ErrorData::resource_not_found("no such resource", Some(json!({ "uri": uri })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_read() {
        let place = |database, table| Some(Place { database, table });
        for (uri, read) in [
            ("schema://tpch", place("tpch", None)),
            ("schema://tpch/orders", place("tpch", Some("orders"))),
            ("schema://", None),
            ("schema:///orders", None),
            ("schema://tpch/", None),
            ("schema://tpch/a/b", None),
            ("file:///etc/passwd", None),
            ("tpch", None),
        ] {
            assert_eq!(Place::read(uri), read, "{uri}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_uris_never_panic(uri in "(schema://)?\\PC{0,30}") {
            let _ = Place::read(&uri);
        }
    }
}
