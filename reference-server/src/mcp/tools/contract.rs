//! What each tool takes and gives, as JSON Schema.

use serde_json::{Map, Value, json};

/// A tool as a client sees it.
#[derive(Debug, Clone)]
pub(crate) struct Contract {
    /// Name it is called by.
    pub(crate) name: &'static str,
    /// Name for people.
    pub(crate) title: &'static str,
    /// What it is good for.
    pub(crate) description: &'static str,
    /// Schema of its arguments.
    pub(crate) input: Map<String, Value>,
    /// Schema of its result.
    pub(crate) output: Map<String, Value>,
}

/// The contracts of all tools.
pub(crate) fn contracts() -> Vec<Contract> {
    vec![discover(), schema(), execute(), validate()]
}

fn object(required: &[&str], properties: &Value) -> Map<String, Value> {
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    match schema {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Arguments are closed: a misspelt one is said to be unknown instead of being ignored.
fn arguments(required: &[&str], properties: &Value) -> Map<String, Value> {
    let mut schema = object(required, properties);
    schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    schema
}

fn database() -> Value {
    json!({ "type": "string", "description": "Name of the database, such as financial_db" })
}

fn discover() -> Contract {
    Contract {
        name: "discover_tables_tool",
        title: "Tables of a database",
        description: "Lists the tables of a database with their number of columns.",
        input: arguments(&["database"], &json!({ "database": database() })),
        output: object(
            &["database", "tables", "schema_version"],
            &json!({
                "database": { "type": "string" },
                "description": { "type": "string" },
                "tables": { "type": "array", "items": {
                    "type": "object",
                    "properties": { "name": { "type": "string" }, "columns": { "type": "integer", "minimum": 0 } },
                    "required": ["name", "columns"],
                } },
                "schema_version": { "type": "string", "description": "Changes whenever tables or columns do" },
            }),
        ),
    }
}

fn schema() -> Contract {
    let column = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string" },
            "type": { "type": "string", "enum": ["integer", "money_cents", "real", "text", "date"] },
            "nullable": { "type": "boolean" },
            "references": {
                "type": "object",
                "properties": { "table": { "type": "string" }, "column": { "type": "string" } },
                "required": ["table", "column"],
            },
        },
        "required": ["name", "type", "nullable"],
    });
    Contract {
        name: "get_table_schema_tool",
        title: "Columns of tables",
        description: "Describes the columns of one table, or of all tables of a database. With the schema_version \
                      you hold, an unchanged schema is not sent again.",
        input: arguments(
            &["database"],
            &json!({
                "database": database(),
                "table": { "type": "string", "description": "One table; without it, all" },
                "schema_version": { "type": "string", "description": "The version you hold" },
            }),
        ),
        output: object(
            &["database", "schema_version", "not_modified"],
            &json!({
                "database": { "type": "string" },
                "schema_version": { "type": "string" },
                "not_modified": { "type": "boolean", "description": "True when your version is the newest" },
                "tables": { "type": "array", "items": {
                    "type": "object",
                    "properties": { "name": { "type": "string" }, "columns": { "type": "array", "items": column } },
                    "required": ["name", "columns"],
                } },
            }),
        ),
    }
}

fn execute() -> Contract {
    Contract {
        name: "execute_query_tool",
        title: "Run a read-only statement",
        description: "Runs one read-only SQL statement (SELECT) and returns its rows. Money columns hold whole \
                      cents. Rows, bytes and time are capped; truncated says when a cap cut rows off.",
        input: arguments(
            &["database", "query"],
            &json!({
                "database": database(),
                "query": { "type": "string", "description": "One SELECT statement" },
                "max_rows": { "type": "integer", "minimum": 1, "description": "Most rows; clamped to the server's cap" },
                "timeout_ms": { "type": "integer", "minimum": 1, "description": "Longest time; clamped to the server's limit" },
            }),
        ),
        output: object(
            &["database", "sql", "columns", "rows", "row_count", "truncated"],
            &json!({
                "database": { "type": "string" },
                "sql": { "type": "string", "description": "The statement as it ran" },
                "columns": { "type": "array", "items": {
                    "type": "object",
                    "properties": { "name": { "type": "string" }, "type": { "type": "string" } },
                    "required": ["name", "type"],
                } },
                "rows": { "type": "array", "items": { "type": "array" } },
                "row_count": { "type": "integer", "minimum": 0 },
                "truncated": { "type": "boolean" },
                "streamed": { "type": "boolean" },
                "cached": { "type": "boolean" },
                "elapsed_ms": { "type": "number", "minimum": 0 },
            }),
        ),
    }
}

fn validate() -> Contract {
    Contract {
        name: "validate_context_tool",
        title: "Check a database context",
        description: "Says whether a database and tables of it exist, and if not, which do.",
        input: arguments(
            &["database"],
            &json!({
                "database": database(),
                "tables": { "type": "array", "items": { "type": "string" }, "description": "Tables to check" },
            }),
        ),
        output: object(
            &["valid", "errors"],
            &json!({
                "valid": { "type": "boolean" },
                "errors": { "type": "array", "items": {
                    "type": "object",
                    "properties": { "code": { "type": "string" }, "message": { "type": "string" }, "details": { "type": "object" } },
                    "required": ["code", "message"],
                } },
                "database": { "type": "string" },
            }),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::NAMES;
    use super::*;

    #[test]
    fn every_tool_has_a_contract_of_valid_schemas() {
        let contracts = contracts();
        let names: Vec<&str> = contracts.iter().map(|contract| contract.name).collect();
        assert_eq!(names, NAMES);
        for contract in contracts {
            for schema in [contract.input, contract.output] {
                let schema = Value::Object(schema);
                jsonschema::validator_for(&schema)
                    .unwrap_or_else(|error| panic!("{}: {error}", contract.name));
            }
        }
    }
}
