//! Why a search could not go on.

/// Why a search ended early. What was found until then is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A run could not take place.
    #[error("the run with {sessions} sessions could not take place: {message}")]
    Trial {
        /// Sessions asked for.
        sessions: u64,
        /// What happened.
        message: String,
    },
    /// Somebody asked for the end.
    #[error("the search was interrupted")]
    Interrupted,
    /// The settings can't work.
    #[error("{name} {value}: {message}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        message: &'static str,
    },
}
