//! Faults in answers to what a client asked.

use serde_json::{Value, json};

use crate::mutants::{Action, Fault};
use crate::peer::Message;

/// Takes part in responses to calls for which `matches` holds: it is given the call's `params`, `decide` the
/// whole response.
pub(super) fn on_answer<M, D>(matches: M, decide: D) -> impl Fault
where
    M: Fn(&Value) -> bool + Send,
    D: FnMut(Value) -> Action + Send,
{
    Answers { matches, decide, ids: Vec::new() }
}

/// Changes responses to calls for which `matches` holds.
pub(super) fn edit_answer<M, E>(matches: M, edit: E) -> impl Fault
where
    M: Fn(&Value) -> bool + Send,
    E: FnMut(&mut Value) + Send,
{
    let mut edit = edit;
    on_answer(matches, move |mut response| {
        edit(&mut response);
        Action::replace(Message::json(&response))
    })
}

/// Changes results of `tool`.
pub(super) fn edit_result<E>(tool: &'static str, edit: E) -> impl Fault
where
    E: FnMut(&mut Value) + Send,
{
    let mut edit = edit;
    edit_answer(
        move |params| params["name"] == tool,
        move |response| {
            if let Some(result) = response.get_mut("result") {
                edit(result);
            }
        },
    )
}

/// Changes errors of `tool`.
pub(super) fn edit_error<E>(tool: &'static str, edit: E) -> impl Fault
where
    E: FnMut(&mut Value) + Send,
{
    let mut edit = edit;
    edit_answer(
        move |params| params["name"] == tool,
        move |response| {
            if let Some(error) = response.get_mut("error") {
                edit(error);
            }
        },
    )
}

/// Answers calls for which `matches` holds with a made-up result.
pub(super) fn accept<M>(matches: M) -> impl Fault
where
    M: Fn(&Value) -> bool + Send,
{
    edit_answer(matches, |response| {
        if take(response, "error").is_some() {
            response["result"] = json!({
                "database": "financial_db", "sql": "", "columns": [], "rows": [], "row_count": 0,
                "truncated": false, "tables": [],
            });
        }
    })
}

/// Answers calls for which `matches` holds with a made-up refusal.
pub(super) fn refuse<M>(matches: M) -> impl Fault
where
    M: Fn(&Value) -> bool + Send,
{
    edit_answer(matches, |response| {
        if take(response, "result").is_some() {
            let details = json!({"reason": "not_read_only"});
            response["error"] = json!({"code": "QUERY_REJECTED", "message": "refused", "details": details});
        }
    })
}

/// Decides about the next message of the server after one of the client for which `matches` holds; it is given
/// the text as JSON, null for what is none.
pub(super) fn on_next<M, D>(matches: M, decide: D) -> impl Fault
where
    M: Fn(&Value) -> bool + Send,
    D: FnMut(Value) -> Action + Send,
{
    Next { matches, decide, due: 0 }
}

/// Keeps messages of the client for which `matches` holds from the server and answers them itself.
pub(super) fn answer_self<M, A>(matches: M, answer: A) -> impl Fault
where
    M: Fn(&Value) -> bool + Send,
    A: Fn(&Value) -> Value + Send,
{
    crate::mutants::edit::client_messages(move |message| match message.to_json() {
        Some(value) if matches(&value) => Action::replace(Message::json(&answer(&value))),
        _ => Action::Pass,
    })
}

/// Takes a field away.
pub(super) fn take(value: &mut Value, field: &str) -> Option<Value> {
    value.as_object_mut()?.remove(field)
}

/// Params of calls of a tool with certain arguments.
pub(super) fn calls(
    tool: &'static str,
    argument: &'static str,
    value: &'static str,
) -> impl Fn(&Value) -> bool + Send + Clone {
    move |params| params["name"] == tool && params["arguments"][argument] == value
}

/// Params of the statement `sql`.
pub(super) fn statement(sql: &'static str) -> impl Fn(&Value) -> bool + Send + Clone {
    calls("execute_query_tool", "query", sql)
}

struct Answers<M, D> {
    matches: M,
    decide: D,
    ids: Vec<Value>,
}

impl<M, D> Fault for Answers<M, D>
where
    M: Fn(&Value) -> bool + Send,
    D: FnMut(Value) -> Action + Send,
{
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let Some(value) = message.to_json() else { return Action::Pass };
        let requests = match value["type"].as_str() {
            Some("batch") => value["requests"].as_array().cloned().unwrap_or_default(),
            Some("request") => vec![value],
            _ => Vec::new(),
        };
        for request in requests {
            if (self.matches)(&request["params"]) {
                self.ids.push(request["id"].clone());
            }
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        match message.to_json() {
            Some(value) if value["type"] == "response" && self.ids.contains(&value["id"]) => {
                (self.decide)(value)
            }
            _ => Action::Pass,
        }
    }
}

struct Next<M, D> {
    matches: M,
    decide: D,
    due: u32,
}

impl<M, D> Fault for Next<M, D>
where
    M: Fn(&Value) -> bool + Send,
    D: FnMut(Value) -> Action + Send,
{
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        if let Message::Text(_) = message
            && (self.matches)(&message.to_json().unwrap_or_default())
        {
            self.due += 1;
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        match message.to_json() {
            Some(value) if self.due > 0 => {
                self.due -= 1;
                (self.decide)(value)
            }
            _ => Action::Pass,
        }
    }
}
