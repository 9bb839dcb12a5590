//! The operations of a session.

/// One kind of thing a session does, timed each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST /api/sessions`.
    SessionCreate,
    /// TCP connect.
    Connect,
    /// From the upgrade request to `connection_established`.
    Upgrade,
    /// From `connection_handshake` to `connection_acknowledged`.
    Handshake,
    /// From `subscribe` to `subscribed`.
    Subscribe,
    /// From `heartbeat` to `heartbeat_response`.
    Heartbeat,
    /// The same, of those sent while a query of the session was running.
    HeartbeatBusy,
    /// From a question to `query_accepted`.
    QueryAccepted,
    /// From a question to its first `progress_update`.
    ProgressFirst,
    /// From one `progress_update` of a query to its next.
    ProgressCadence,
    /// The longest silence inside one query.
    ProgressGap,
    /// From the first socket of a session that hears an event to the last one.
    DeliverySpread,
    /// From a question to its terminal message.
    QueryResult,
    /// From the moment a cut socket tries again to `resumed`.
    Resume,
    /// From the break of a socket until it is whole again, the outage included.
    Recovery,
    /// `DELETE /api/sessions/{id}`.
    SessionDelete,
    /// From the intended to the real moment of sending, the server's part in lateness excepted.
    SendLag,
}

impl Operation {
    /// All of them, in the order of a session's life.
    pub const ALL: [Self; 17] = [
        Self::SessionCreate,
        Self::Connect,
        Self::Upgrade,
        Self::Handshake,
        Self::Subscribe,
        Self::Heartbeat,
        Self::HeartbeatBusy,
        Self::QueryAccepted,
        Self::ProgressFirst,
        Self::ProgressCadence,
        Self::ProgressGap,
        Self::DeliverySpread,
        Self::QueryResult,
        Self::Resume,
        Self::Recovery,
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
            Self::SessionCreate
                | Self::Connect
                | Self::Upgrade
                | Self::Handshake
                | Self::Subscribe
                | Self::SessionDelete
        )
    }
}

/// An operation as samples carry it: one of [`Operation`], or one that a scenario gave a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OperationId(u16);

impl From<Operation> for OperationId {
    fn from(operation: Operation) -> Self {
        // There are far fewer than 2^16.
        Self(operation as u16)
    }
}

impl OperationId {
    /// Number `number` of the scenario's own operations.
    pub fn own(number: usize) -> Self {
        Self(u16::try_from(Operation::ALL.len() + number).unwrap_or(u16::MAX))
    }

    /// Its place among all of them.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The built-in operation it is, if it is one.
    pub fn built_in(self) -> Option<Operation> {
        Operation::ALL.get(self.index()).copied()
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
