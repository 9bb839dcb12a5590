//! A row of a table: a check, and what its mutant does.

use std::sync::Arc;

use crate::checks::{Check, ReasonCode};

use super::ear::carry_out;
use super::talk::Talk;

/// What a server that fails a case does when it meets what the case says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoil {
    /// The last octet of the echo is another.
    Flip,
    /// The last octet of the echo is lost.
    Cut,
    /// The echo comes twice.
    Twice,
    /// Text comes back as binary, binary as text.
    Retyped,
    /// The echo never comes.
    Lost,
    /// What is allowed closes the connection with 1002.
    Refused,
    /// The same with 1009.
    TooBig,
    /// What is allowed closes the connection with 1007.
    RefusedText,
    /// The pong has another payload.
    PongFlip,
    /// The pong never comes.
    PongLost,
    /// What must be ignored is answered by a pong.
    PongEchoed,
    /// What is forbidden is answered instead of refused.
    Taken,
    /// What is forbidden is passed over: the connection stays open.
    Kept,
    /// The close frame is masked, as only a client's may be.
    MaskedClose,
    /// The close code is this one.
    Code(u16),
    /// The close code is this one, which must never be sent.
    InvalidCode(u16),
    /// A close frame that is a violation is answered by its own code, as if nothing were wrong with it.
    EchoedCode(u16),
    /// The connection is cut without a close frame.
    NoClose,
    /// Nothing answers the close frame.
    CloseLost,
    /// A message comes behind the close frame.
    Behind,
    /// TCP stays open after the closing handshake.
    TcpKept,
}

impl Spoil {
    /// Part of the mutant's id.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Flip => "octet-changed",
            Self::Cut => "octet-lost",
            Self::Twice => "echoed-twice",
            Self::Retyped => "retyped",
            Self::Lost => "lost",
            Self::Refused | Self::TooBig | Self::RefusedText => "refused",
            Self::PongFlip => "pong-changed",
            Self::PongLost => "pong-lost",
            Self::PongEchoed => "answered",
            Self::Taken => "taken",
            Self::Kept => "passed-over",
            Self::MaskedClose => "masked-close",
            Self::Code(_) => "other-code",
            Self::InvalidCode(_) | Self::EchoedCode(_) => "echoed",
            Self::NoClose => "dropped",
            Self::CloseLost => "unanswered",
            Self::Behind => "talks-on",
            Self::TcpKept => "left-open",
        }
    }

    /// The reason the case must give for it.
    pub(crate) fn reason(self) -> ReasonCode {
        match self {
            Self::Flip | Self::Cut | Self::PongFlip => ReasonCode::WrongValue,
            Self::Twice | Self::PongEchoed | Self::Behind => ReasonCode::Unexpected,
            Self::Retyped => ReasonCode::WrongType,
            Self::Lost | Self::PongLost | Self::NoClose => ReasonCode::Missing,
            Self::Refused | Self::TooBig | Self::RefusedText => ReasonCode::Closed,
            Self::Taken | Self::EchoedCode(_) => ReasonCode::Accepted,
            Self::Kept | Self::CloseLost | Self::TcpKept => ReasonCode::NotClosed,
            Self::MaskedClose | Self::InvalidCode(_) => ReasonCode::Malformed,
            Self::Code(_) => ReasonCode::WrongCloseCode,
        }
    }

    /// What it does, after the words for what the server meets.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Flip => "the last octet of the echo is changed".to_owned(),
            Self::Cut => "the last octet of the echo is lost".to_owned(),
            Self::Twice => "the echo comes twice".to_owned(),
            Self::Retyped => "the echo is of the other kind".to_owned(),
            Self::Lost => "the echo never comes".to_owned(),
            Self::Refused => "the connection is closed with 1002".to_owned(),
            Self::TooBig => "the connection is closed with 1009".to_owned(),
            Self::RefusedText => "the connection is closed with 1007".to_owned(),
            Self::PongFlip => "the pong has another payload".to_owned(),
            Self::PongLost => "the pong never comes".to_owned(),
            Self::PongEchoed => "a pong answers".to_owned(),
            Self::Taken => "an answer comes instead of a close".to_owned(),
            Self::Kept => "nothing is closed".to_owned(),
            Self::MaskedClose => "the close frame is masked".to_owned(),
            Self::Code(code) | Self::InvalidCode(code) | Self::EchoedCode(code) => {
                format!("the close code is {code}")
            }
            Self::NoClose => "TCP is cut without a close frame".to_owned(),
            Self::CloseLost => "no close frame answers".to_owned(),
            Self::Behind => "a message follows the close frame".to_owned(),
            Self::TcpKept => "TCP is left open".to_owned(),
        }
    }

    /// True when the answer it spoils must be heard before the case goes on.
    pub(crate) fn is_early(self) -> bool {
        matches!(self, Self::PongFlip | Self::PongLost)
    }
}

/// A line of a table: part of the id, words for the title, and what is sent.
pub(super) type Line<T> = (&'static str, &'static str, fn() -> T);

/// Makes the talk of a case; payloads of megabytes are not kept.
type MakeTalk = Arc<dyn Fn() -> Talk + Send + Sync>;

/// A row of a table.
#[derive(Clone)]
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) id: String,
    /// One line for people.
    pub(crate) title: String,
    /// Ids of the requirements it checks.
    pub(crate) requirements: &'static [&'static str],
    /// What its mutant does.
    pub(crate) spoil: Spoil,
    /// MiB it moves at one time.
    pub(crate) weight: u32,
    talk: MakeTalk,
}

impl Case {
    /// A case.
    pub(super) fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        requirements: &'static [&'static str],
        spoil: Spoil,
        talk: impl Fn() -> Talk + Send + Sync + 'static,
    ) -> Self {
        Self { id: id.into(), title: title.into(), requirements, spoil, weight: 0, talk: Arc::new(talk) }
    }

    /// Says how many MiB it moves at one time.
    pub(super) fn weight(mut self, mib: u32) -> Self {
        self.weight = mib;
        self
    }

    /// What is before the dot of the id.
    pub(super) fn area(&self) -> &str {
        self.id.split('.').next().unwrap_or(&self.id)
    }

    /// What is said and must be heard.
    pub(crate) fn talk(&self) -> Talk {
        (self.talk)()
    }

    /// The check.
    pub(super) fn check(&'static self) -> Check {
        Check::new(&self.id, &self.title, self.requirements, move |cx| carry_out(cx, self.talk()))
            .weight(self.weight)
            .by_hand(|| self.talk().by_hand())
    }
}
