//! The operations of a session.

/// One kind of thing a session does, timed each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `POST /api/sessions`.
    SessionCreate,
    /// TCP connect.
    Connect,
    /// From the upgrade request to `connection_established`.
    Upgrade,
    /// From `connection_handshake` to `connection_acknowledged`.
    Handshake,
    /// From `heartbeat` to `heartbeat_response`.
    Heartbeat,
    /// From a question to `query_accepted`.
    QueryAccepted,
    /// From a question to its first `progress_update`.
    ProgressFirst,
    /// The longest silence inside one query.
    ProgressGap,
    /// From a question to its terminal message.
    QueryResult,
    /// From the moment a cut socket tries again to `resumed`.
    Resume,
    /// `DELETE /api/sessions/{id}`.
    SessionDelete,
    /// From the intended to the real moment of sending, the server's part in lateness excepted.
    SendLag,
}

impl Operation {
    /// All of them, in the order of a session's life.
    pub const ALL: [Self; 12] = [
        Self::SessionCreate,
        Self::Connect,
        Self::Upgrade,
        Self::Handshake,
        Self::Heartbeat,
        Self::QueryAccepted,
        Self::ProgressFirst,
        Self::ProgressGap,
        Self::QueryResult,
        Self::Resume,
        Self::SessionDelete,
        Self::SendLag,
    ];

    /// Its name in scenarios and reports.
    pub fn name(self) -> &'static str {
        scenarios::threshold::OPERATIONS[self as usize]
    }

    /// False for what happens only while sessions come and go: that is measured over the whole run, the
    /// rest in the steady phase.
    pub fn is_windowed(self) -> bool {
        !matches!(
            self,
            Self::SessionCreate | Self::Connect | Self::Upgrade | Self::Handshake | Self::SessionDelete
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_threshold_language() {
        for (operation, name) in Operation::ALL.into_iter().zip(scenarios::threshold::OPERATIONS) {
            assert_eq!(operation.name(), name);
        }
        assert_eq!(Operation::QueryResult.name(), "query.result");
        assert_eq!(Operation::SendLag.name(), "send.lag");
    }
}
