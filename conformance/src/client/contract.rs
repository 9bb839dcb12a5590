//! The contract: environment, lines of JSON on standard input and output. `docs/check-client.md` tells it to
//! the people who write clients.

use serde_json::Value;

/// Version of the contract.
pub const VERSION: u64 = 1;

/// Where to connect to: a `ws://` URL with the door's path.
pub const URL: &str = "TIDEGATE_URL";
/// Factor on the client's own times (backoff): `0.05` makes a second 50 ms.
pub const TIME_SCALE: &str = "TIDEGATE_TIME_SCALE";
/// A folder that outlives the process, for what a browser keeps in its session storage.
pub const STATE_DIR: &str = "TIDEGATE_STATE_DIR";
/// Id of the case that is played.
pub const CASE: &str = "TIDEGATE_CASE";
/// Name of the deliberate mistake that the reference client is to make.
pub const FAULT: &str = "TIDEGATE_CLIENT_FAULT";

/// Variables that clients of the web derive their address from, in their order.
pub const ADDRESS_VARIABLES: [&str; 3] =
    ["NEXT_PUBLIC_WS_URL", "NEXT_PUBLIC_BACKEND_URL", "NEXT_PUBLIC_API_URL"];

/// What a client can have, and what each means.
pub const FEATURES: &[(&str, &str)] = &[
    ("echo", "takes `echo`: sends back every message, whatever the application protocol"),
    (
        "offer",
        "offers what `echo` says in `offer`: the parameters of permessage-deflate as they stand behind its name",
    ),
    ("session", "takes `connect`, `ask` and `close`: speaks the application protocol"),
    ("reconnect", "connects again by itself after a loss"),
    ("resume", "asks for what it missed, and tells its user nothing twice"),
    ("fallback", "asks by HTTP when the socket can't be had"),
    ("storage", "keeps its session over a restart, in the folder it is given"),
    ("url", "takes `resolve`, and finds its address in the variables of a web client"),
    ("token", "takes a token with `connect`, and `refresh`"),
    ("commands", "takes `command`: cancel, pause, resume, retry"),
    ("subscribe", "takes `subscribe`"),
    ("database", "takes `databases` and `select_database`"),
    ("typed", "speaks the typed dialect where the server announces it"),
    ("batch", "announces the capability `batch` and takes batches apart"),
    ("time_scale", "multiplies its own times by the factor it is given"),
];

/// What a client says of itself in its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// Name and version, for reports.
    pub name: Option<String>,
    /// What it has.
    pub features: Vec<String>,
}

impl Introduction {
    /// Reads the event `ready`.
    pub fn read(event: &Value) -> Result<Self, String> {
        match event.get("contract").and_then(Value::as_u64) {
            Some(VERSION) => {}
            _ => return Err(format!("\"contract\": {VERSION} in the event ready")),
        }
        let features = event.get("features").and_then(Value::as_array);
        let features = features.ok_or("a list \"features\" in the event ready")?;
        let features: Option<Vec<String>> =
            features.iter().map(|feature| feature.as_str().map(str::to_owned)).collect();
        let features = features.ok_or("features as text")?;
        if let Some(unknown) = features.iter().find(|name| !FEATURES.iter().any(|(known, _)| known == name)) {
            return Err(format!("features that this contract knows, and {unknown:?} is none of them"));
        }
        Ok(Self { name: event.get("name").and_then(Value::as_str).map(str::to_owned), features })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_introduction_names_its_features() {
        let read = Introduction::read(
            &json!({"event": "ready", "contract": 1, "name": "mine 2", "features": ["echo"]}),
        );
        assert_eq!(
            read,
            Ok(Introduction { name: Some("mine 2".to_owned()), features: vec!["echo".to_owned()] })
        );
        for bad in [
            json!({"event": "ready"}),
            json!({"contract": 2, "features": []}),
            json!({"contract": 1, "features": "echo"}),
            json!({"contract": 1, "features": [7]}),
            json!({"contract": 1, "features": ["flying"]}),
        ] {
            assert!(Introduction::read(&bad).is_err(), "{bad}");
        }
    }
}
