//! What can go wrong.

/// Why a connection or a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The URL can't be used.
    #[error("{url:?} can't be used: {cause}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// TCP failed.
    #[error("no connection")]
    Connect(#[source] std::io::Error),
    /// The answer to the upgrade was not the right one.
    #[error(transparent)]
    Upgrade(#[from] crate::upgrade::UpgradeError),
    /// Nothing came for too long.
    #[error("no {0} in time")]
    Timeout(&'static str),
    /// The connection broke, or the server broke the protocol.
    #[error("the connection failed")]
    Socket(#[source] Box<tokio_tungstenite::tungstenite::Error>),
    /// A request failed.
    #[error("the request failed: {0}")]
    Request(String),
}

impl ClientError {
    /// The error and its causes, in one line.
    pub fn to_line(&self) -> String {
        let causes = std::iter::successors(std::error::Error::source(self), |cause| cause.source());
        causes.fold(self.to_string(), |line, cause| format!("{line}: {cause}"))
    }
}

impl From<tokio_tungstenite::tungstenite::Error> for ClientError {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        Self::Socket(Box::new(error))
    }
}
