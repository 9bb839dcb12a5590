//! `GET /api/transactions/{id}`: how far a question is, for those who poll.

use http::header::ETAG;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::answer::{self, failure, full_empty};
use super::call::Call;
use super::headers::{entity_tag, is_held};
use crate::doors::Body;
use crate::sessions::TransactionView;
use crate::wire::encode::Message;
use crate::wire::error::{Code, Failure};
use crate::wire::identity::{Id, SessionId, TransactionId};
use crate::wire::server::{RunStatus, StageStatus};

/// A transaction as a request sees it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TransactionBody {
    transaction_id: TransactionId,
    session_id: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_id: Option<Id>,
    status: RunStatus,
    percent: u8,
    /// Null while unknown.
    eta_ms: Option<u64>,
    /// Null before the first stage and after the last.
    #[schemars(with = "Option<String>")]
    current_agent: Option<Box<RawValue>>,
    execution_order: Vec<Stage>,
    /// The `query_result`, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    result: Option<Box<RawValue>>,
    /// The terminal error, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    error: Option<Box<RawValue>>,
}

/// What a progress update tells of a transaction.
#[derive(serde::Deserialize, Default)]
struct Told {
    current_agent: Option<Box<RawValue>>,
    eta_ms: Option<u64>,
    #[serde(default)]
    execution_order: Vec<Stage>,
}

/// One stage in the order of execution.
#[derive(Serialize, serde::Deserialize, JsonSchema)]
struct Stage {
    agent: String,
    status: StageStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

impl Stage {
    /// The last update may have been too early to tell how a stage ended: the end of the whole says it.
    fn settle(&mut self, run: RunStatus, ended_at: Option<&str>) {
        let unfinished = matches!(self.status, StageStatus::Pending | StageStatus::Running);
        let began = self.status == StageStatus::Running;
        if !unfinished || !run.is_final() {
            return;
        }
        self.status = match run {
            RunStatus::Completed => StageStatus::Completed,
            RunStatus::Failed if began => StageStatus::Failed,
            _ => StageStatus::Skipped,
        };
        if began {
            self.completed_at = ended_at.map(str::to_owned);
        }
    }
}

/// When a message was made.
#[derive(serde::Deserialize)]
struct Stamped {
    timestamp: String,
}

impl TransactionBody {
    pub(super) fn of(view: &TransactionView) -> Self {
        let told = view.told.as_ref().map(Message::named);
        let told: Told = told.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let over = view.status.is_final();
        let terminal = |name: &str| {
            let message = view.terminal.as_ref().filter(|message| message.name() == name)?;
            let text = String::from_utf8(message.named().into()).ok()?;
            RawValue::from_string(text).ok()
        };
        let ended_at = view.terminal.as_ref().and_then(|message| {
            serde_json::from_slice::<Stamped>(&message.named()).ok().map(|stamped| stamped.timestamp)
        });
        let mut execution_order = told.execution_order;
        for stage in &mut execution_order {
            stage.settle(view.status, ended_at.as_deref());
        }
        Self {
            transaction_id: view.transaction_id.clone(),
            session_id: view.session_id.clone(),
            query_id: view.query_id.clone(),
            status: view.status,
            percent: view.percent,
            eta_ms: if over { Some(0) } else { told.eta_ms },
            current_agent: told.current_agent.filter(|_| !over),
            execution_order,
            result: terminal("query_result").or_else(|| terminal("chat_reply")),
            error: terminal("error"),
        }
    }
}

/// A transaction with its tag.
pub(super) fn answer(status: StatusCode, view: &TransactionView) -> Response<Body> {
    match serde_json::to_vec(&TransactionBody::of(view)) {
        Ok(text) => {
            let tag = entity_tag(&text);
            let mut answer = answer::json_text(status, text);
            answer.headers_mut().insert(ETAG, tag);
            answer
        }
        Err(error) => failure(&Failure::internal(&error)),
    }
}

pub(super) fn get(call: Call) -> Response<Body> {
    let id = &*call.parameter;
    let unknown = || failure(&Failure::new(Code::NotFound, "no such transaction"));
    let Some(session) = call.backend.workflow.transactions().find(id) else { return unknown() };
    if !call.caller.may_use(&session) {
        return unknown();
    }
    let Some(view) = session.transaction(id) else { return unknown() };
    session.touch();
    let mut answer = answer(StatusCode::OK, &view);
    let held = answer.headers().get(ETAG).is_some_and(|tag| is_held(&call.head.headers, tag));
    if held {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer.headers_mut().remove(http::header::CONTENT_TYPE);
        *answer.body_mut() = full_empty();
    }
    answer
}
