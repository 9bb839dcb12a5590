//! What a server may offer: tools, resources, prompts, completion and log. Judged where `initialize` declares
//! it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::client::{Client, error_of, result_of, send};
use super::stream::{Answer, Next};
use crate::checks::{Context, ReasonCode, Step, ensure, fail, field};

const INVALID_PARAMS: i64 = -32_602;

async fn with(cx: &Context, capability: &str) -> Step<Client> {
    let client = Client::open(cx).await?;
    client.declared(capability)?;
    Ok(client)
}

fn some(cx: &Context, items: Vec<Value>, what: &str) -> Step<Vec<Value>> {
    if items.is_empty() {
        return Err(cx.declined(&format!("mcp-{what}"), format!("there are no {what}")));
    }
    Ok(items)
}

fn unique(items: &[Value], key: &str) -> Step {
    let mut seen = BTreeSet::new();
    for item in items {
        let value = field::text(item, key)?;
        ensure(seen.insert(value), ReasonCode::Duplicate, &format!("each {key} once"), value)?;
    }
    Ok(())
}

/// Tools have names, and schemas of an object as input.
pub(super) async fn tools(cx: Context) -> Step {
    let client = with(&cx, "/tools").await?;
    for tool in some(&client.cx, client.all("tools/list", "tools").await?, "tools")? {
        field::text(&tool, "name")?;
        field::equals(&tool, "/inputSchema/type", "object")?;
        if tool.get("outputSchema").is_some() {
            field::object(&tool, "outputSchema")?;
        }
    }
    Ok(())
}

/// Names of tools are unique, pages over pages.
pub(super) async fn tools_unique(cx: Context) -> Step {
    let client = with(&cx, "/tools").await?;
    unique(&some(&client.cx, client.all("tools/list", "tools").await?, "tools")?, "name")
}

/// Names of tools are of 1 to 128 plain letters.
pub(super) async fn tool_names(cx: Context) -> Step {
    let client = with(&cx, "/tools").await?;
    for tool in some(&client.cx, client.all("tools/list", "tools").await?, "tools")? {
        let name = field::text(&tool, "name")?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
        let holds = (1..=128).contains(&name.len()) && name.chars().all(plain);
        ensure(holds, ReasonCode::WrongValue, "1 to 128 of A-Z, a-z, 0-9, _, - and .", name)?;
    }
    Ok(())
}

/// A made-up cursor is refused.
pub(super) async fn cursor(cx: Context) -> Step {
    let client = with(&cx, "/tools").await?;
    client.refused("tools/list", Some(json!({"cursor": "made up by the suite"})), INVALID_PARAMS).await
}

/// A call is answered by content, each item of a kind that exists, and is no error.
pub(super) async fn call(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let params = client.call_params(None).await?;
    let result = client.result("tools/call", Some(params)).await?;
    let error = result.get("isError").is_some_and(|error| *error == json!(true));
    ensure(!error, ReasonCode::Refused, "a result that is no error", &result)?;
    for item in field::array(&result, "content")? {
        content(item)?;
    }
    Ok(())
}

fn content(item: &Value) -> Step {
    match field::text(item, "type")? {
        "text" => field::text(item, "text").map(|_| ()),
        "image" | "audio" => {
            field::text(item, "data")?;
            field::text(item, "mimeType").map(|_| ())
        }
        "resource" => field::text(item, "/resource/uri").map(|_| ()),
        "resource_link" => field::text(item, "uri").map(|_| ()),
        other => fail(ReasonCode::WrongValue, "a kind of content that exists", other),
    }
}

/// What the list of tools promises of the result of `tool`.
async fn schema_of(client: &Client, tool: &Value) -> Step<Option<Value>> {
    let tools = client.all("tools/list", "tools").await?;
    Ok(tools
        .iter()
        .find(|listed| listed["name"] == *tool)
        .and_then(|listed| listed.get("outputSchema"))
        .cloned())
}

/// A tool that promises a schema of its result keeps it.
pub(super) async fn structured(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let params = client.call_params(None).await?;
    let Some(schema) = schema_of(&client, &params["name"]).await? else {
        return Err(cx.declined("mcp-output-schema", "the tool promises no schema of its result"));
    };
    let result = client.result("tools/call", Some(params)).await?;
    let structured = field::object(&result, "structuredContent")?;
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        ensure(
            structured.contains_key(name),
            ReasonCode::Missing,
            &format!("{name} in the result"),
            &result,
        )?;
    }
    for (name, value) in structured {
        typed(&schema["properties"][name], value, name)?;
    }
    Ok(())
}

fn typed(schema: &Value, value: &Value, name: &str) -> Step {
    let holds = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    ensure(holds, ReasonCode::WrongType, &format!("{name} as {}", schema["type"]), value)
}

/// Structured content is there as text too, for older clients.
pub(super) async fn structured_text(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let params = client.call_params(None).await?;
    let name = params["name"].clone();
    let result = client.result("tools/call", Some(params)).await?;
    let structured = match result.get("structuredContent") {
        Some(structured) => structured,
        None if schema_of(&client, &name).await?.is_none() => {
            return Err(cx.declined("mcp-output-schema", "the tool promises no schema of its result"));
        }
        None => {
            return fail(
                ReasonCode::Missing,
                "the structured content that the tool promises",
                result.to_string(),
            );
        }
    };
    let texts = field::array(&result, "content")?.iter().filter_map(|item| item["text"].as_str());
    let same =
        texts.filter_map(|text| serde_json::from_str::<Value>(text).ok()).any(|value| value == *structured);
    ensure(same, ReasonCode::Missing, "the structured content as a text", &result["content"])
}

/// An unknown tool is no success.
pub(super) async fn unknown_tool(cx: Context) -> Step {
    let client = with(&cx, "/tools").await?;
    let said = client.exchange("tools/call", Some(json!({"name": "no_such_tool", "arguments": {}}))).await?;
    let response = said.response()?;
    let failed = response.get("error").is_some() || response["result"]["isError"] == true;
    ensure(failed, ReasonCode::Accepted, "an error", response)
}

/// An unknown tool is an error of the protocol.
pub(super) async fn unknown_tool_code(cx: Context) -> Step {
    let client = with(&cx, "/tools").await?;
    client.refused("tools/call", Some(json!({"name": "no_such_tool", "arguments": {}})), INVALID_PARAMS).await
}

/// A call that names no tool is malformed.
pub(super) async fn nameless_call(cx: Context) -> Step {
    let client = with(&cx, "/tools").await?;
    client.refused("tools/call", Some(json!({"arguments": {}})), INVALID_PARAMS).await
}

/// A call without an argument that the schema demands is no success.
pub(super) async fn missing_argument(cx: Context) -> Step {
    let client = with(&cx, "/tools").await?;
    let tools = client.all("tools/list", "tools").await?;
    let demands =
        |tool: &&Value| tool["inputSchema"]["required"].as_array().is_some_and(|list| !list.is_empty());
    let Some(tool) = tools.iter().find(demands) else {
        return Err(cx.declined("mcp-tool-arguments", "no tool demands an argument"));
    };
    let said = client.exchange("tools/call", Some(json!({"name": tool["name"], "arguments": {}}))).await?;
    let response = said.response()?;
    let failed = response.get("error").is_some() || response["result"]["isError"] == true;
    ensure(failed, ReasonCode::Accepted, "an error", response)
}

/// Resources have URIs, each once, and names.
pub(super) async fn resources(cx: Context) -> Step {
    let client = with(&cx, "/resources").await?;
    let resources = client.all("resources/list", "resources").await?;
    for resource in &resources {
        field::text(resource, "name")?;
        let uri = field::text(resource, "uri")?;
        ensure(uri.contains(':'), ReasonCode::WrongValue, "a URI", uri)?;
    }
    unique(&resources, "uri")
}

/// What is listed can be read: text or bytes, under its URI.
pub(super) async fn read(cx: Context) -> Step {
    let client = with(&cx, "/resources").await?;
    let resources = some(&client.cx, client.all("resources/list", "resources").await?, "resources")?;
    let uri = field::text(&resources[0], "uri")?;
    let result = client.result("resources/read", Some(json!({"uri": uri}))).await?;
    let contents = field::array(&result, "contents")?;
    ensure(!contents.is_empty(), ReasonCode::Missing, "contents", "none")?;
    for part in contents {
        field::text(part, "uri")?;
        let said = part["text"].is_string() || part["blob"].is_string();
        ensure(said, ReasonCode::Missing, "text or blob", part)?;
    }
    field::equals(&contents[0], "uri", uri)
}

/// A resource that is not there.
pub(super) async fn read_unknown(cx: Context) -> Step {
    let client = with(&cx, "/resources").await?;
    let error = client.error("resources/read", Some(json!({"uri": "suite://there/is/no/such"}))).await?;
    field::any(&error, "code").map(|_| ())
}

/// A resource that is not there has its own code, or that of 2026-07-28, which libraries give in older sessions too.
pub(super) async fn read_unknown_code(cx: Context) -> Step {
    let client = with(&cx, "/resources").await?;
    let error = client.error("resources/read", Some(json!({"uri": "suite://there/is/no/such"}))).await?;
    let code = field::any(&error, "code")?;
    let known = [-32_002, INVALID_PARAMS].iter().any(|known| *code == json!(known));
    ensure(known, ReasonCode::WrongValue, "code -32002 or -32602", code)
}

/// Templates have names and URIs with places in them.
pub(super) async fn templates(cx: Context) -> Step {
    let client = with(&cx, "/resources").await?;
    let said = client.exchange("resources/templates/list", None).await?;
    let response = said.response()?;
    if response["error"]["code"] == -32_601 {
        return Err(cx.declined("mcp-resource-templates", "templates are not offered"));
    }
    result_of(response)?;
    for template in
        some(&client.cx, client.all("resources/templates/list", "resourceTemplates").await?, "templates")?
    {
        field::text(&template, "name")?;
        field::text(&template, "uriTemplate")?;
    }
    Ok(())
}

/// What can be read can be subscribed to, and the subscription ended.
pub(super) async fn subscribe(cx: Context) -> Step {
    let client = with(&cx, "/resources/subscribe").await?;
    let resources = some(&client.cx, client.all("resources/list", "resources").await?, "resources")?;
    let uri = json!({"uri": resources[0]["uri"]});
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        let result = client.result(method, Some(uri.clone())).await?;
        ensure(result.is_object(), ReasonCode::WrongType, "an object", result)?;
    }
    Ok(())
}

/// Prompts have names, each once, and say their arguments.
pub(super) async fn prompts(cx: Context) -> Step {
    let client = with(&cx, "/prompts").await?;
    let prompts = some(&client.cx, client.all("prompts/list", "prompts").await?, "prompts")?;
    for prompt in &prompts {
        for argument in prompt["arguments"].as_array().into_iter().flatten() {
            field::text(argument, "name")?;
        }
    }
    unique(&prompts, "name")
}

/// A prompt is messages with a role and content.
pub(super) async fn prompt(cx: Context) -> Step {
    let client = with(&cx, "/prompts").await?;
    let prompts = some(&client.cx, client.all("prompts/list", "prompts").await?, "prompts")?;
    // What its arguments may be, only its author knows: one without them, or of ours.
    let none = |prompt: &&Value| prompt["arguments"].as_array().is_none_or(Vec::is_empty);
    let ours = |prompt: &&Value| prompt["name"] == "ask_database";
    let Some(prompt) = prompts.iter().find(ours).or_else(|| prompts.iter().find(none)) else {
        return Err(cx.declined("mcp-prompts", "every prompt has arguments"));
    };
    let mut arguments = Map::new();
    if ours(&prompt) {
        arguments.insert("database".to_owned(), json!("financial_db"));
        arguments.insert("question".to_owned(), json!("How many orders are there?"));
    }
    let params = json!({"name": prompt["name"], "arguments": arguments});
    let result = client.result("prompts/get", Some(params)).await?;
    for message in field::array(&result, "messages")? {
        let role = field::text(message, "role")?;
        ensure(matches!(role, "user" | "assistant"), ReasonCode::WrongValue, "user or assistant", role)?;
        content(field::any(message, "content")?)?;
    }
    Ok(())
}

/// A prompt that is not there.
pub(super) async fn unknown_prompt(cx: Context) -> Step {
    let client = with(&cx, "/prompts").await?;
    client.refused("prompts/get", Some(json!({"name": "no_such_prompt"})), INVALID_PARAMS).await
}

/// A prompt without an argument that it demands.
pub(super) async fn prompt_argument(cx: Context) -> Step {
    let client = with(&cx, "/prompts").await?;
    let prompts = client.all("prompts/list", "prompts").await?;
    let demands = |prompt: &&Value| {
        prompt["arguments"].as_array().into_iter().flatten().any(|argument| argument["required"] == true)
    };
    let Some(prompt) = prompts.iter().find(demands) else {
        return Err(cx.declined("mcp-prompt-arguments", "no prompt demands an argument"));
    };
    let params = json!({"name": prompt["name"], "arguments": {}});
    client.refused("prompts/get", Some(params), INVALID_PARAMS).await
}

/// The first prompt with an argument, as a reference for completion.
async fn completable(client: &Client) -> Step<(Value, String)> {
    client.declared("/prompts")?;
    let prompts = client.all("prompts/list", "prompts").await?;
    for prompt in &prompts {
        if let Some(argument) = prompt["arguments"].as_array().and_then(|list| list.first()) {
            let reference = json!({"type": "ref/prompt", "name": prompt["name"]});
            return Ok((reference, field::text(argument, "name")?.to_owned()));
        }
    }
    Err(client.cx.declined("mcp-prompt-arguments", "no prompt has an argument"))
}

/// Completion has at most 100 texts, and says whether there are more.
pub(super) async fn completion(cx: Context) -> Step {
    let client = with(&cx, "/completions").await?;
    let (reference, name) = completable(&client).await?;
    let params = json!({"ref": reference, "argument": {"name": name, "value": ""}});
    let result = client.result("completion/complete", Some(params)).await?;
    let values = field::array(&result, "/completion/values")?;
    ensure(values.len() <= 100, ReasonCode::Unexpected, "at most 100 values", values.len())?;
    ensure(values.iter().all(Value::is_string), ReasonCode::WrongType, "texts", json!(values))?;
    if result.pointer("/completion/hasMore").is_some() {
        field::boolean(&result, "/completion/hasMore")?;
    }
    Ok(())
}

/// Completion for a prompt that is not there.
pub(super) async fn completion_unknown(cx: Context) -> Step {
    let client = with(&cx, "/completions").await?;
    let reference = json!({"type": "ref/prompt", "name": "no_such_prompt"});
    let params = json!({"ref": reference, "argument": {"name": "x", "value": ""}});
    client.refused("completion/complete", Some(params), INVALID_PARAMS).await
}

/// Every level of the log is taken.
pub(super) async fn levels(cx: Context) -> Step {
    let client = with(&cx, "/logging").await?;
    for level in ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] {
        let result = client.result("logging/setLevel", Some(json!({"level": level}))).await?;
        ensure(result.is_object(), ReasonCode::WrongType, &format!("an object for {level}"), result)?;
    }
    Ok(())
}

/// A level that does not exist is refused.
pub(super) async fn unknown_level(cx: Context) -> Step {
    let client = with(&cx, "/logging").await?;
    client.refused("logging/setLevel", Some(json!({"level": "loud"})), INVALID_PARAMS).await
}

/// What a call logs at `level`: on its own stream, and on one opened by GET, where there is one.
async fn logged(client: &Client, level: &str) -> Step<Vec<Value>> {
    client.result("logging/setLevel", Some(json!({"level": level}))).await?;
    let params = client.call_params(None).await?;
    let listening = send(&client.cx, client.bare("GET")).await?;
    let said = client.exchange("tools/call", Some(params)).await?;
    said.response()?;
    let mut messages = said.messages;
    let is_logged = |message: &Value| message["method"] == "notifications/message";
    if let Answer::Stream(_, mut stream) = listening {
        // Where something has to come it is waited for, else for a moment.
        let soon = client.cx.soon().end();
        let moment = tokio::time::Instant::now() + client.cx.quiet(Duration::from_millis(300));
        loop {
            let waits = level == "debug" && !messages.iter().any(is_logged);
            let Next::Event(event) = stream.next(if waits { soon } else { moment }).await? else { break };
            messages.extend(serde_json::from_str::<Value>(event.data.as_deref().unwrap_or_default()));
        }
    }
    messages.retain(is_logged);
    Ok(messages)
}

/// Below the level that was set nothing is logged.
pub(super) async fn quiet_log(cx: Context) -> Step {
    let client = with(&cx, "/logging").await?;
    let logged = logged(&client, "emergency").await?;
    let low = logged.iter().find(|message| message["params"]["level"] != "emergency");
    ensure(low.is_none(), ReasonCode::Unexpected, "nothing below emergency", json!(low))
}

/// What is logged has a level that exists, and data.
pub(super) async fn log(cx: Context) -> Step {
    let client = with(&cx, "/logging").await?;
    let logged = logged(&client, "debug").await?;
    if logged.is_empty() {
        return Err(cx.unseen("mcp-log", "at the level debug nothing is logged"));
    }
    for message in &logged {
        let level = field::text(message, "/params/level")?;
        let known = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
            .contains(&level);
        ensure(known, ReasonCode::WrongValue, "a level that exists", level)?;
        field::any(message, "/params/data")?;
    }
    Ok(())
}

/// What was not declared is no method.
pub(super) async fn undeclared(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = client.exchange("tasks/list", None).await?;
    if client.declared("/tasks").is_ok() {
        return result_of(said.response()?).map(|_| ());
    }
    field::equals(error_of(said.response()?)?, "code", -32_601)
}
