//! The AsyncAPI document by itself.

use serde_json::{Value, json};

use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, now};
use crate::target::Door;

use super::document::{Document, Kind, Part};
use super::form;
use super::speech::{Speaker, Speech, channels, listed, operations};

pub(super) fn checks() -> Vec<Check> {
    vec![
        messages_of!("messages-served", "messages-served", "AsyncAPI 3 is served as JSON", served),
        messages_of!("messages-whole", "messages-whole", "every door is a channel", whole),
        messages_of!(
            "messages-references",
            "references",
            "every reference of the AsyncAPI document leads somewhere",
            references
        ),
        messages_of!("messages-schemas", "schemas", "every schema of the AsyncAPI document is one", schemas),
        messages_of!(
            "messages-operations",
            "messages-operations",
            "both sides have something to say at every door, and say what its channel has",
            both_ways
        ),
        messages_of!(
            "messages-exact",
            "exact",
            "what no server says is not described as a message of it",
            exact
        ),
    ]
}

async fn served(cx: Context) -> Step {
    let media_types = ["application/json", "application/vnd.aai.asyncapi+json", "application/asyncapi+json"];
    form::served(&cx, Kind::Messages, &media_types, "3").await
}

async fn references(cx: Context) -> Step {
    form::references(&cx, Kind::Messages).await
}

async fn schemas(cx: Context) -> Step {
    form::schemas(&cx, Kind::Messages).await
}

/// The doors that every target has.
fn doors() -> [Door; 5] {
    [Door::Query, Door::Progress("any".to_owned()), Door::Chat, Door::Demo, Door::DemoApi]
}

async fn whole(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Messages).await?;
    for door in doors() {
        let path = cx.target().doors.path(&door);
        let found = channels(&document, &path);
        ensure(
            !found.is_empty(),
            ReasonCode::Missing,
            &format!("a channel whose address is {path}"),
            "none",
        )?;
    }
    Ok(())
}

/// Where there are operations, each lists messages of its own channel only.
async fn both_ways(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Messages).await?;
    for door in doors() {
        for channel in channels(&document, &cx.target().doors.path(&door)) {
            let own: Vec<Part<'_>> = listed(&channel).into_iter().map(|(_, message)| message).collect();
            for operation in operations(&channel, None) {
                for (key, message) in listed(&operation) {
                    let expected = format!("messages of {} at {}", channel.place(), operation.place());
                    let known = own.iter().any(|own| own.pointer() == message.pointer());
                    ensure(known, ReasonCode::WrongValue, &expected, key)?;
                }
            }
            let known = !operations(&channel, None).is_empty();
            for action in [Speaker::Server.action(), Speaker::Client.action()] {
                let missing = known && operations(&channel, Some(action)).is_empty();
                let expected = format!("an operation with the action {action} on {}", channel.place());
                ensure(!missing, ReasonCode::Missing, &expected, "none")?;
            }
        }
    }
    Ok(())
}

/// Nothing, a name that nobody knows, and known names without what they are for.
fn nonsense() -> [Value; 6] {
    [
        json!({}),
        json!({"type": "nonsense_of_the_suite", "timestamp": now()}),
        json!({"type": "query_result", "timestamp": now()}),
        json!({"type": "error", "timestamp": now()}),
        json!({"type": "connection_established", "timestamp": now()}),
        json!({"type": "event", "event_name": "nonsense_of_the_suite", "payload": {}, "timestamp": now()}),
    ]
}

async fn exact(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Messages).await?;
    for door in [Door::Query, Door::Demo] {
        let speech = Speech::of(&cx, &document, &door, Speaker::Server)?;
        for message in nonsense() {
            if speech.describes(&message)? {
                let path = cx.target().doors.path(&door);
                let expected = format!("no message of the server at {path} to be as");
                return fail(ReasonCode::Accepted, expected, message.to_string());
            }
        }
    }
    Ok(())
}
