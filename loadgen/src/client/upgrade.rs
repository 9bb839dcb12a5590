//! The opening handshake, by the rules of the reference client: a ready-made one keeps its 4 KiB buffer for the life of
//! the connection.

use tidegate_client::upgrade::{self, UpgradeError};

use super::error::LinkError;
use super::http::HttpAnswer;
use super::stream::Stream;

/// Asks `authority` for a WebSocket on `path`; gives back what was read after the response's headers.
pub(super) async fn upgrade(
    stream: &mut Stream,
    authority: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Vec<u8>, LinkError> {
    upgrade::upgrade(stream, authority, path, headers).await.map_err(|error| match error {
        UpgradeError::Lost(message) => LinkError::Lost(message),
        UpgradeError::Unreadable(message) => LinkError::Unreadable(message),
        UpgradeError::Refused { status, retry_after, body } => {
            HttpAnswer { status, date: None, retry_after, body: body.into() }.into_error()
        }
    })
}
