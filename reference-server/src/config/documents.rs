//! Names that deployments of such systems already use in their environment, understood beside our own.

use std::fmt::Write as _;

use super::{Authentication, ConfigError, Door, DoorKind, Doors, SubscribedAtOpen};
use crate::wire::Dialect;

/// A variable under another name.
pub(super) struct Alias {
    pub(super) variable: &'static str,
    pub(super) key: &'static str,
}

/// All of them. Our own name wins where both are set.
pub(super) const ALIASES: &[Alias] = &[
    Alias { variable: "WS_AUTH_REQUIRED", key: "auth.required" },
    Alias { variable: "MAX_CONNECTIONS_PER_SESSION", key: "limits.max_connections_per_session" },
    Alias { variable: "MAX_TOTAL_CONNECTIONS", key: "limits.max_connections" },
];

/// Path of the door that front ends are pointed at.
const ENDPOINT: &str = "WS_ENDPOINT";
/// Most connections through that door; through each door, where none is named.
const ENDPOINT_CONNECTIONS: &str = "WS_MAX_CONNECTIONS";

/// Whether a variable is one of these names.
pub(super) fn is_known(variable: &str) -> bool {
    [ENDPOINT, ENDPOINT_CONNECTIONS].contains(&variable)
        || ALIASES.iter().any(|alias| alias.variable == variable)
}

/// Applies what is said about doors, which no key stands for.
pub(super) fn apply_to_doors(doors: &mut Doors, variables: &[(String, String)]) -> Result<(), ConfigError> {
    let given = |name: &str| {
        let found = variables.iter().find(|(variable, _)| variable == name);
        found.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    };
    let endpoint = given(ENDPOINT);
    if let Some(path) = endpoint
        && !doors.iter().any(|door| door.path == path)
    {
        doors.0.push(Door {
            path: path.to_owned(),
            kind: DoorKind::Query,
            dialect: Dialect::Typed,
            authentication: Authentication::Configured,
            subscribed: SubscribedAtOpen::Nothing,
            max_connections: 0,
        });
    }
    let Some(text) = given(ENDPOINT_CONNECTIONS) else { return Ok(()) };
    let most = text.parse().map_err(|_| ConfigError::Variable {
        variable: ENDPOINT_CONNECTIONS.to_owned(),
        message: format!("{text:?} is not a number without fraction"),
    })?;
    for door in doors.0.iter_mut().filter(|door| endpoint.is_none_or(|path| door.path == path)) {
        door.max_connections = most;
    }
    Ok(())
}

/// Their part of the documentation.
pub(super) fn markdown() -> String {
    let mut page = String::from(
        "\n## Other names\n\nDeployments of such systems already set these; they are understood too, under our own names.\n\n\
         | variable | key |\n|---|---|\n",
    );
    for alias in ALIASES {
        let _ = writeln!(page, "| `{}` | `{}` |", alias.variable, alias.key);
    }
    let _ = writeln!(
        page,
        "| `{ENDPOINT}` | a door at this path; one more (typed, as configured) where the table has none |"
    );
    let _ = writeln!(page, "| `{ENDPOINT_CONNECTIONS}` | `max_connections` of that door, or of every door |");
    page
}
