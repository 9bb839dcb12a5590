//! Prompts: questions about a database, put together with its schema.

use rmcp::ErrorData;
use rmcp::model::{
    ContentBlock, GetPromptRequestParams, GetPromptResult, JsonObject, ListPromptsResult,
    PaginatedRequestParams, Prompt, PromptArgument, PromptMessage, ResourceContents, Role,
};
use serde_json::{Value, json};

use super::page::page;
use super::resources::{self, Place};
use crate::mcp::tools::Tools;

/// Prompts of one page.
const PAGE: usize = 50;

fn argument(name: &str, description: &str) -> PromptArgument {
    PromptArgument::new(name).with_description(description).with_required(true)
}

fn all() -> Vec<Prompt> {
    let database = || argument("database", "Name of the database");
    vec![
        Prompt::new(
            "ask_database",
            Some("A question in words, to be answered with one statement on a database"),
            Some(vec![database(), argument("question", "The question")]),
        )
        .with_title("Ask a database"),
        Prompt::new(
            "explain_table",
            Some("What a table holds and how it hangs together with others"),
            Some(vec![database(), argument("table", "Name of the table")]),
        )
        .with_title("Explain a table"),
    ]
}

/// Whether one of ours is called that.
pub(super) fn exists(name: &str) -> bool {
    all().iter().any(|prompt| prompt.name == name)
}

/// `prompts/list`; `more` come after ours.
pub(super) fn list(
    more: Vec<Prompt>,
    request: Option<PaginatedRequestParams>,
) -> Result<ListPromptsResult, ErrorData> {
    let mut prompts = all();
    prompts.extend(more);
    let (items, next_cursor) = page(prompts, request, PAGE)?;
    Ok(ListPromptsResult { next_cursor, ..ListPromptsResult::with_all_items(items) })
}

/// `prompts/get`.
pub(super) async fn get(
    tools: &Tools,
    request: &GetPromptRequestParams,
) -> Result<GetPromptResult, ErrorData> {
    let none = JsonObject::new();
    let arguments = request.arguments.as_ref().unwrap_or(&none);
    match request.name.as_str() {
        "ask_database" => {
            let database = text(arguments, "database")?;
            let question = text(arguments, "question")?;
            let words = format!(
                "Answer this question with one read-only SELECT statement on the database {database}, run it with \
                 execute_query_tool, and say the result in a sentence. Columns of type money_cents hold whole \
                 cents.\n\nQuestion: {question}"
            );
            let place = Place { database, table: None };
            messages(tools, place, words, "A question about a database").await
        }
        "explain_table" => {
            let place =
                Place { database: text(arguments, "database")?, table: Some(text(arguments, "table")?) };
            let words =
                "Explain what this table holds, what its columns mean, and which tables it refers to.";
            messages(tools, place, words.to_owned(), "What a table holds").await
        }
        _ => Err(unknown(&request.name)),
    }
}

/// No such prompt.
pub(super) fn unknown(name: &str) -> ErrorData {
    let shown: String = name.chars().take(64).collect();
    ErrorData::invalid_params(format!("unknown prompt `{shown}`"), None)
}

/// A text argument that must be there.
pub(super) fn text<'a>(arguments: &'a JsonObject, name: &str) -> Result<&'a str, ErrorData> {
    match arguments.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(ErrorData::invalid_params(format!("argument `{name}` is no text"), None)),
        None => Err(ErrorData::invalid_params(format!("argument `{name}` is missing"), None)),
    }
}

async fn messages(
    tools: &Tools,
    place: Place<'_>,
    words: String,
    description: &str,
) -> Result<GetPromptResult, ErrorData> {
    let Some(schema) = resources::schema(tools, place).await else {
        let data = json!({ "database": place.database, "table": place.table });
        return Err(ErrorData::invalid_params("no such database or table", Some(data)));
    };
    let uri = match place.table {
        Some(table) => format!("schema://{}/{table}", place.database),
        None => format!("schema://{}", place.database),
    };
    let resource = ResourceContents::text(schema.to_string(), uri).with_mime_type("application/json");
    let messages = vec![
        PromptMessage::new(Role::User, ContentBlock::resource(resource)),
        PromptMessage::new_text(Role::User, words),
    ];
    Ok(GetPromptResult::new(messages).with_description(description))
}
