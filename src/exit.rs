//! Exit codes, documented once.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | pass |
//! | 1 | a violation, a threshold missed, a stale baseline entry, a flaky check, a surviving mutant, a new failure, a figure surely worse, too little held |
//! | 2 | usage or configuration |
//! | 3 | the target could not be reached, or the instrument failed, or the run is invalid |
//! | 4 | nothing was selected |

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done and nothing was violated.
    Pass,
    /// Whatever the verdict file says.
    Verdict(u8),
    /// The user is mistaken.
    Usage,
    /// The target could not be reached, or the instrument failed.
    Harness,
    /// The selection is empty.
    NothingSelected,
}

impl Exit {
    /// The process's exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Verdict(code) => code,
            Self::Usage => 2,
            Self::Harness => 3,
            Self::NothingSelected => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A failure that knows its exit code; everything else is the harness's own trouble.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Usage or configuration.
    #[error("{0}")]
    Usage(String),
    /// Nothing was selected.
    #[error("{0}")]
    NothingSelected(String),
    /// The target could not be reached or did not stay.
    #[error("{0}")]
    Target(String),
}

/// The exit code behind an error.
pub(crate) fn code_of(error: &anyhow::Error) -> Exit {
    match error.chain().find_map(|cause| cause.downcast_ref::<Failure>()) {
        Some(Failure::Usage(_)) => Exit::Usage,
        Some(Failure::NothingSelected(_)) => Exit::NothingSelected,
        Some(Failure::Target(_)) | None => Exit::Harness,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn each_failure_has_its_documented_code() {
        let code = |error: anyhow::Error| code_of(&error).code();
        assert_eq!(code(Failure::Usage("x".into()).into()), 2);
        assert_eq!(code(Failure::NothingSelected("x".into()).into()), 4);
        assert_eq!(code(Failure::Target("x".into()).into()), 3);
        assert_eq!(code(anyhow::anyhow!("disk full")), 3);
        let wrapped = Err::<(), _>(Failure::Usage("x".into())).context("while reading").unwrap_err();
        assert_eq!(code(wrapped), 2);
    }
}
