//! Calls and jobs that leave something out.

use serde_json::{Value, json};

use crate::checks::ReasonCode;
use crate::checks::tiers::{CONTEXTS, Case};
use crate::mutants::fault::Reply;
use crate::mutants::{Action, Fault, Mutant, Out, edit};
use crate::peer::{Message, Request};

pub(super) fn mutants() -> Vec<Mutant> {
    let calls = vec![
        Mutant::wire(
            "tiers.calls-without-database",
            "calls do not say which database is meant",
            "tiers.database-in-calls",
            ReasonCode::Missing,
            || arguments(|arguments| drop(arguments.as_object_mut().map(|fields| fields.remove("database")))),
        ),
        Mutant::wire(
            "tiers.calls-of-default",
            "every call is for the default database",
            "tiers.database-in-calls",
            ReasonCode::WrongValue,
            || arguments(|arguments| arguments["database"] = json!("financial_db")),
        ),
        Mutant::wire(
            "tiers.pong-swallowed",
            "agents answer no ping",
            "tiers.pong",
            ReasonCode::Missing,
            || {
                edit::client_messages(|message| match message {
                    Message::Pong(_) => Action::drop(),
                    _ => Action::Pass,
                })
            },
        ),
    ];
    calls.into_iter().chain(CONTEXTS.iter().map(of_agent)).collect()
}

/// Changes the arguments of calls over a WebSocket.
fn arguments(change: impl Fn(&mut Value) + Send) -> impl Fault {
    edit::client_messages(move |message| {
        let mut said = message.to_json().unwrap_or_default();
        if said["method"] != "tools/call" {
            return Action::Pass;
        }
        change(&mut said["params"]["arguments"]);
        Action::Do(vec![Out::Server(Message::json(&said))])
    })
}

fn of_agent(case: &'static Case) -> Mutant {
    let description = "what is sent to an agent has no database";
    Mutant::wire(case.mutant, description, case.id, ReasonCode::Missing, || ContextLeftOut {
        path: format!("/{}/", case.agent),
    })
}

/// Takes the database out of the jobs of one agent.
struct ContextLeftOut {
    path: String,
}

impl Fault for ContextLeftOut {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&mut self, request: &Request) -> Reply {
        let job = serde_json::from_slice::<Value>(&request.body).ok();
        let Some(mut job) = job.filter(|_| request.target.contains(&self.path)) else { return Reply::Pass };
        job.as_object_mut().map(|fields| fields.remove("database_context"));
        Reply::Rewrite(request.clone().without("Content-Length").body(job.to_string()))
    }
}
