//! Completion of database and table names, in prompts and resource templates alike.

use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};

use super::prompts;
use crate::mcp::tools::Tools;

/// `completion/complete`; `is_prompt` knows the prompts there are.
pub(super) fn complete(
    tools: &Tools,
    request: &CompleteRequestParams,
    is_prompt: impl Fn(&str) -> bool,
) -> Result<CompleteResult, ErrorData> {
    if let Reference::Prompt(reference) = &request.r#ref
        && !is_prompt(&reference.name)
    {
        return Err(prompts::unknown(&reference.name));
    }
    if let Reference::Resource(reference) = &request.r#ref
        && !reference.uri.contains("://")
    {
        return Err(ErrorData::invalid_params("no such resource template", None));
    }
    let typed = request.argument.value.to_lowercase();
    let mut names = match request.argument.name.as_str() {
        "database" => databases(tools),
        "table" => tables(tools, request),
        _ => Vec::new(),
    };
    names.retain(|name| name.to_lowercase().contains(&typed));
    // What begins as typed comes first.
    names.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
    let total = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let more = names.len() > CompletionInfo::MAX_VALUES;
    names.truncate(CompletionInfo::MAX_VALUES);
    let info = CompletionInfo::with_pagination(names, Some(total), more);
    info.map(CompleteResult::new).map_err(|error| ErrorData::internal_error(error, None))
}

fn databases(tools: &Tools) -> Vec<String> {
    tools.databases().iter().map(|database| database.name.clone()).collect()
}

/// Tables of the database already chosen; of all while none is.
fn tables(tools: &Tools, request: &CompleteRequestParams) -> Vec<String> {
    let chosen = request
        .context
        .as_ref()
        .and_then(|context| context.arguments.as_ref())
        .and_then(|arguments| arguments.get("database"));
    let mut names: Vec<String> = tools
        .databases()
        .iter()
        .filter(|database| chosen.is_none_or(|chosen| *chosen == database.name))
        .flat_map(|database| database.tables.iter().map(|table| table.name.clone()))
        .collect();
    names.sort();
    names.dedup();
    names
}
