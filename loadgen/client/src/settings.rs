//! What a client is told before it starts.

use std::path::PathBuf;
use std::time::Duration;

use crate::backoff::Backoff;
use crate::deflate::Offer;
use crate::mistake::Mistake;

/// What a client is told before it starts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A `ws://` URL, with the door's path.
    pub url: String,
    /// Session to join; else the one kept in `folder`, else a fresh one.
    pub session_id: Option<String>,
    /// User.
    pub user_id: String,
    /// Token of the user.
    pub token: Option<String>,
    /// When to come back.
    pub backoff: Backoff,
    /// Longest wait for an answer to connect, upgrade or handshake.
    pub patience: Duration,
    /// After falling back: how often the socket is tried again.
    pub recovery: Duration,
    /// Where to keep the session over a restart.
    pub folder: Option<PathBuf>,
    /// What is offered of compression.
    pub compression: Option<Offer>,
    /// Whether the session is of no use to anybody after the user left: then it is deleted.
    pub fleeting: bool,
    /// A deliberate mistake, for the proof of checks.
    pub mistake: Option<Mistake>,
}

impl Settings {
    /// Everything as the protocol has it.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            session_id: None,
            user_id: "anonymous".to_owned(),
            token: None,
            backoff: Backoff::default(),
            patience: Duration::from_secs(10),
            recovery: Duration::from_secs(60),
            folder: None,
            compression: None,
            fleeting: false,
            mistake: None,
        }
    }

    /// The same with the client's own times multiplied by `scale`.
    #[must_use]
    pub fn scaled(mut self, scale: f64) -> Self {
        self.backoff = self.backoff.scaled(scale);
        self.recovery = self.recovery.mul_f64(scale.max(0.0));
        self
    }

    /// True when the client is to make `mistake`.
    pub(crate) fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}
