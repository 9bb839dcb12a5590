//! Why a load run could not take place.

/// Why there is no result. What the target did wrong is in the report, not here.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The address of the target can't be used.
    #[error("target address {address:?} can't be used: {message}")]
    Address {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        message: String,
    },
    /// Nobody answers there.
    #[error("target {address} can't be reached: {message}")]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// What happened.
        message: String,
    },
    /// Somebody is there whose certificate nobody vouches for.
    #[error(
        "the certificate of {address} is not trusted: {message} (--ca FILE says whose certificates are good instead of \
         this system's authorities)"
    )]
    Certificate {
        /// Where it was shown.
        address: String,
        /// What is wrong with it.
        message: String,
    },
    /// Somebody answers, but is not ready for work.
    #[error("target {address} is not healthy: GET /health answered {status}")]
    Unhealthy {
        /// Where it was asked.
        address: String,
        /// HTTP status.
        status: u16,
    },
    /// Questions or their answers can't be used.
    #[error(transparent)]
    Questions(#[from] scenarios::ScenarioError),
    /// There is nothing to ask.
    #[error("the scenario {scenario:?} has no questions to ask")]
    NoQuestions {
        /// Name of the scenario.
        scenario: String,
    },
    /// Another run is going on in this process.
    #[error("another load run is going on in this process")]
    Busy,
    /// The machine allows fewer open files than the sessions need.
    #[error(
        "{sessions} sessions need {needed} open files, this process may have {limit}: raise it with ulimit -n, \
         or share the sessions out with --workers"
    )]
    OpenFiles {
        /// Sessions asked for.
        sessions: u64,
        /// Files they need.
        needed: u64,
        /// The limit.
        limit: u64,
    },
    /// There are more parts than sessions.
    #[error("nothing is left to do for part {share} of {sessions} sessions: use fewer parts")]
    NoSessions {
        /// The part.
        share: String,
        /// Sessions of the whole run.
        sessions: u64,
    },
    /// goose failed.
    #[error("the load driver failed: {message}")]
    Driver {
        /// What goose said.
        message: String,
    },
    /// The histograms could not be written.
    #[error("the histogram log could not be made: {message}")]
    HistogramLog {
        /// What went wrong.
        message: String,
    },
}
