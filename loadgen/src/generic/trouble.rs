//! Why a step did not come out as the script wants it.

use std::borrow::Cow;

use crate::client::LinkError;

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The connection is gone, or never came up: the session has to begin anew.
    Broken(LinkError),
    /// Nothing came in time.
    Late(String),
    /// Something came, and was wrong.
    Wrong {
        /// The code that reports count by.
        code: Cow<'static, str>,
        /// What was wrong, in words.
        text: String,
    },
    /// The run ends: nobody's failure.
    Cut,
}

impl Trouble {
    pub(super) fn wrong(code: &'static str, text: impl Into<String>) -> Self {
        Self::Wrong { code: Cow::Borrowed(code), text: text.into() }
    }

    /// A variable that nothing has set yet.
    pub(super) fn unset(name: &str) -> Self {
        Self::wrong("unset_variable", format!("`{name}` has no value yet"))
    }

    /// The code that reports count by.
    pub(super) fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Broken(error) => error.code(),
            Self::Late(_) => Cow::Borrowed("timeout"),
            Self::Wrong { code, .. } => code.clone(),
            Self::Cut => Cow::Borrowed("cut"),
        }
    }

    /// What happened, in words.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Broken(error) => error.to_string(),
            Self::Late(text) | Self::Wrong { text, .. } => text.clone(),
            Self::Cut => "the run ended".to_owned(),
        }
    }
}

impl From<LinkError> for Trouble {
    /// Time that was over is told as such; everything else took the connection along.
    fn from(error: LinkError) -> Self {
        Self::Broken(error)
    }
}
