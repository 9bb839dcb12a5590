//! Where a client of the web finds its server.

use serde_json::json;

use super::server::USER;
use crate::checks::{Check, ReasonCode, Step, ensure_eq, fail, field};
use crate::client::Stage;
use crate::client::contract::ADDRESS_VARIABLES;

const SOCKET: &str = ADDRESS_VARIABLES[0];
const BACKEND: &str = ADDRESS_VARIABLES[1];
const API: &str = ADDRESS_VARIABLES[2];

pub(super) fn checks() -> Vec<Check> {
    let order = &["client.address-order"];
    let scheme = &["client.address-scheme"];
    let development = &["client.address-development"];
    vec![
        Check::client(
            "client.url-socket-first",
            "The WebSocket URL counts before the others",
            order,
            |stage| {
                finds(
                    stage,
                    &[
                        (SOCKET, "ws://socket.test/ws"),
                        (BACKEND, "http://backend.test"),
                        (API, "http://api.test"),
                    ],
                    "ws://socket.test/ws",
                )
            },
        ),
        Check::client("client.url-backend", "The backend's URL with http becomes ws", scheme, |stage| {
            finds(
                stage,
                &[(BACKEND, "http://backend.test:8080"), (API, "http://api.test")],
                "ws://backend.test:8080",
            )
        }),
        Check::client(
            "client.url-backend-tls",
            "The backend's URL with https becomes wss",
            scheme,
            |stage| finds(stage, &[(BACKEND, "https://backend.test")], "wss://backend.test"),
        ),
        Check::client("client.url-api", "Without a backend's URL the API's counts", order, |stage| {
            finds(stage, &[(API, "http://api.test:9000")], "ws://api.test:9000")
        }),
        Check::client("client.url-api-tls", "The API's URL with https becomes wss", scheme, |stage| {
            finds(stage, &[(API, "https://api.test/base")], "wss://api.test/base")
        }),
        Check::client("client.url-empty", "An empty variable is as none", order, |stage| {
            finds(stage, &[(SOCKET, ""), (BACKEND, "http://backend.test")], "ws://backend.test")
        }),
        Check::client(
            "client.url-development",
            "Without variables the development server counts",
            development,
            |stage| finds(stage, &[], "ws://localhost:8080"),
        ),
        Check::client("client.url-warning", "Without variables the user is warned", development, warning),
        Check::client(
            "client.url-no-warning",
            "Where a variable says the address nobody is warned",
            development,
            no_warning,
        ),
        Check::client("client.url-used", "The address that was found is connected to", order, used)
            .features(&["url", "session"]),
    ]
}

/// Starts the client with these variables and without an address of the suite.
async fn start(stage: &mut Stage, variables: &[(&'static str, &str)]) -> Step {
    let variables: Vec<(&str, String)> =
        variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    stage.start_with(&variables).await.map(|_| ())
}

async fn finds(
    mut stage: Stage,
    variables: &'static [(&'static str, &'static str)],
    url: &'static str,
) -> Step {
    start(&mut stage, variables).await?;
    stage.tell(json!({"do": "resolve"})).await;
    let told = stage.event("url", stage.soon()).await?;
    let found = field::text(&told.value, "url")?.trim_end_matches('/');
    ensure_eq("url", found, url)
}

async fn warning(mut stage: Stage) -> Step {
    start(&mut stage, &[]).await?;
    stage.tell(json!({"do": "resolve"})).await;
    let told = stage.event("warning", stage.soon()).await?;
    field::equals(&told.value, "text", "No WebSocket environment variables found, using development fallback")
}

/// Lines are done in their order: what belongs to the first comes before the answer to the second.
async fn no_warning(mut stage: Stage) -> Step {
    start(&mut stage, &[(SOCKET, "ws://socket.test/ws")]).await?;
    for _ in 0..2 {
        stage.tell(json!({"do": "resolve"})).await;
        stage.event("url", stage.soon()).await?;
    }
    match stage.told("warning").first() {
        None => Ok(()),
        Some(warning) => fail(ReasonCode::Unexpected, "no warning", warning.to_string()),
    }
}

async fn used(mut stage: Stage) -> Step {
    let url = format!("ws://{}/api/v1/ws/demo?from=variable", stage.authority());
    start(&mut stage, &[(SOCKET, url.as_str()), (BACKEND, "http://127.0.0.1:9")]).await?;
    stage.tell(json!({"do": "connect", "user_id": USER})).await;
    let visit = stage.upgrade().await?;
    if visit.request.target == "/api/v1/ws/demo?from=variable" {
        return Ok(());
    }
    fail(ReasonCode::WrongValue, "path and query of the variable", visit.request.target)
}
