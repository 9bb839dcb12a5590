//! AsyncAPI 3: the doors and what is said behind them.

use serde_json::{Map, Value, json};

use super::behaviour;
use super::messages::{Described, Messages, describe};
use super::schemas::{Schemas, reference};
use crate::config::{Authentication, Door, DoorKind, Doors, SESSION_PARAMETER, SubscribedAtOpen};
use crate::wire::Dialect;

/// The document, for these doors.
#[must_use]
pub fn asyncapi(doors: &Doors) -> Value {
    let mut schemas = Schemas::new();
    let messages = describe(&mut schemas);
    let mut document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tidegate",
            "version": env!("CARGO_PKG_VERSION"),
            "description": behaviour::SOCKETS,
        },
        "defaultContentType": "application/json",
        "servers": {
            "backend": {
                "host": "localhost:8080",
                "protocol": "ws",
                "description": "wss where a certificate is configured.",
            },
        },
    });
    let (mut channels, mut operations) = (Map::new(), Map::new());
    for door in doors.iter() {
        let name = name(&door.path);
        let (server, client) = spoken(&messages, door.dialect);
        channels.insert(name.clone(), channel(door, server, client));
        for (action, verb, list) in [("send", "tell", server), ("receive", "hear", client)] {
            let listed: Vec<_> = list
                .iter()
                .map(|message| json!({ "$ref": format!("#/channels/{name}/messages/{}", message.key) }))
                .collect();
            let operation = json!({
                "action": action,
                "channel": { "$ref": format!("#/channels/{name}") },
                "messages": listed,
            });
            operations.insert(format!("{verb}.{name}"), operation);
        }
    }
    let mut known = Map::new();
    for list in [&messages.named, &messages.typed, &messages.client_named, &messages.client_typed] {
        for message in list {
            known.insert(message.key.clone(), described(message));
        }
    }
    document["channels"] = Value::Object(channels);
    document["operations"] = Value::Object(operations);
    document["components"] = json!({ "messages": known, "schemas": schemas.finish() });
    document
}

fn spoken(messages: &Messages, dialect: Dialect) -> (&[Described], &[Described]) {
    match dialect {
        Dialect::Named => (&messages.named, &messages.client_named),
        Dialect::Typed => (&messages.typed, &messages.client_typed),
    }
}

/// A key of letters, digits and `_`.
fn name(path: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
    let name: String = path.chars().filter(|char| !matches!(char, '{' | '}')).map(plain).collect();
    name.trim_matches('_').to_owned()
}

fn channel(door: &Door, server: &[Described], client: &[Described]) -> Value {
    let mut listed = Map::new();
    for message in server.iter().chain(client) {
        let target = format!("#/components/messages/{}", message.key);
        listed.insert(message.key.clone(), json!({ "$ref": target }));
    }
    let who = match door.authentication {
        Authentication::Configured => "a token is needed where the server is configured so",
        Authentication::KnownSession => "the session must exist",
        Authentication::Never => "open to anybody",
        Authentication::Token => "a token is needed",
    };
    let dialect = match door.dialect {
        Dialect::Named => "named",
        Dialect::Typed => "typed",
    };
    let session = match door.kind {
        DoorKind::Progress => "The session is the one of the path; what is asked here is asked in it.",
        DoorKind::Demo => "The session is thrown away with the connection, whatever a handshake names.",
        DoorKind::Query | DoorKind::Chat | DoorKind::Echo => {
            "The session is the one that the handshake names, else one of the connection's own."
        }
    };
    let subscribed = match door.subscribed {
        SubscribedAtOpen::SessionEvents => "All events of the session are subscribed at open.",
        SubscribedAtOpen::Nothing => "Nothing is subscribed at open.",
    };
    let mut channel = json!({
        "address": door.path,
        "description": format!("Dialect: {dialect}; {who}. {session} {subscribed}"),
        "messages": listed,
    });
    let mut query = json!({ "token": { "type": "string", "description": "Token, where one is needed." } });
    if door.path.contains(SESSION_PARAMETER) {
        channel["parameters"] = json!({ "session_id": { "description": "A session that exists." } });
        let resume = "With `offset`: resumes behind that event, as `resume` of a handshake does.";
        query["epoch"] = json!({ "type": "string", "description": resume });
        query["offset"] = json!({ "type": "integer", "minimum": 0 });
        let agent = "With a resume: takes the place of the connection of that name.";
        query["agent_id"] = json!({ "type": "string", "description": agent });
    }
    channel["bindings"] = json!({ "ws": {
        "method": "GET", "query": { "type": "object", "properties": query }, "bindingVersion": "0.1.0",
    } });
    channel
}

fn described(message: &Described) -> Value {
    let mut described = json!({
        "name": message.key.rsplit('.').next().unwrap_or_default(),
        "payload": reference(&message.key),
    });
    if let Some(summary) = &message.summary {
        described["summary"] = json!(summary);
    }
    if let Some(description) = message.description {
        described["description"] = json!(description);
    }
    described
}
