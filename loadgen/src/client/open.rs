//! From nothing to a socket that is ready for work, each step timed.

use std::fmt::Write;
use std::time::Duration;

use tidegate_client::resume::ResumePoint;
use tokio::time::{Instant, timeout};

use super::envelope::Envelope;
use super::error::LinkError;
use super::link::Link;
use super::message::{self, Handshake};
use super::upgrade::upgrade;
use crate::target::Target;

/// Which door, and what is said there.
#[derive(Debug, Clone)]
pub enum Door {
    /// The query door: the handshake says who comes.
    Query(Handshake),
    /// The progress door of a session: the path says it.
    Progress {
        /// The session.
        session_id: String,
        /// Stable name of this client in the session.
        agent_id: Option<String>,
        /// Where to go on.
        resume: Option<ResumePoint>,
    },
}

impl Door {
    fn path(&self, target: &Target) -> String {
        match self {
            Self::Query(_) => target.query_door(),
            Self::Progress { session_id, agent_id, resume } => {
                let mut path = target.progress_door(session_id);
                let mut separator = '?';
                if let Some(ResumePoint { epoch, offset }) = resume {
                    let _ = write!(path, "{separator}epoch={}&offset={offset}", escape(epoch));
                    separator = '&';
                }
                if let Some(agent_id) = agent_id {
                    let _ = write!(path, "{separator}agent_id={}", escape(agent_id));
                }
                path
            }
        }
    }

    fn resumes(&self) -> bool {
        match self {
            Self::Query(handshake) => handshake.resume.is_some(),
            Self::Progress { resume, .. } => resume.is_some(),
        }
    }
}

/// Percent-encodes what is not unreserved (RFC 3986, section 2.3).
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// How long each step took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenTimes {
    /// TCP connect.
    pub connect: Duration,
    /// From the request to `connection_established`.
    pub upgrade: Duration,
    /// From `connection_handshake` to its answer; `None` where there is no handshake.
    pub handshake: Option<Duration>,
}

/// A socket that is ready for work.
#[derive(Debug)]
pub struct Opened {
    /// The socket.
    pub link: Link,
    /// How long each step took.
    pub times: OpenTimes,
    /// Session it belongs to.
    pub session_id: String,
    /// Epoch of its history.
    pub epoch: String,
    /// Newest offset when it joined.
    pub top: u64,
    /// What came after the greeting, in order, `resumed` included.
    pub inbox: Vec<String>,
    /// Messages sent on the way.
    pub sent: u64,
    /// Messages received on the way, the inbox excepted.
    pub received: u64,
}

/// Opens `door`: TCP, upgrade, greeting, handshake, and the answer to a resume where one is asked. Each step
/// may take `patience`.
///
/// # Errors
/// A step failed or took longer.
pub async fn open(target: &Target, door: &Door, patience: Duration) -> Result<Opened, LinkError> {
    let begun = Instant::now();
    let mut stream = timeout(patience, target.dial())
        .await
        .map_err(|_| LinkError::Timeout { what: "TCP connection", patience })?
        .map_err(|error| LinkError::connect(&error))?;
    let connected = Instant::now();
    let path = door.path(target);
    let early = timeout(patience, upgrade(&mut stream, target.authority(), &path, &[]))
        .await
        .unwrap_or(Err(LinkError::Timeout { what: "answer to the upgrade", patience }))?;
    let mut link = Link::new(stream, early);
    let greeting = link.text("connection_established", patience).await?;
    let upgraded = Instant::now();
    let mut greeted = greet(&greeting, "connection_established")?;
    let (mut sent, mut received) = (0, 1);
    let mut inbox = Vec::new();
    let mut handshake_time = None;
    if let Door::Query(handshake) = door {
        link.send(&message::handshake(handshake))?;
        sent += 1;
        let answer = link.text("connection_acknowledged", patience).await?;
        received += 1;
        greeted = greet(&answer, "connection_acknowledged")?;
        handshake_time = Some(upgraded.elapsed());
    }
    if door.resumes() {
        wait_for_resumed(&mut link, &mut inbox, patience).await?;
    }
    let times =
        OpenTimes { connect: connected - begun, upgrade: upgraded - connected, handshake: handshake_time };
    let (session_id, epoch, top) = greeted;
    Ok(Opened { link, times, session_id, epoch, top, inbox, sent, received })
}

/// A socket of a service that need not speak Tidegate's protocol: TCP and upgrade, each within `patience`, and how
/// long each took.
///
/// # Errors
/// A step failed or took longer.
pub(crate) async fn open_bare(
    target: &Target,
    path: &str,
    headers: &[(&str, &str)],
    patience: Duration,
) -> Result<(Link, Duration, Duration), LinkError> {
    let begun = Instant::now();
    let mut stream = timeout(patience, target.dial())
        .await
        .map_err(|_| LinkError::Timeout { what: "TCP connection", patience })?
        .map_err(|error| LinkError::connect(&error))?;
    let connected = Instant::now();
    let early = timeout(patience, upgrade(&mut stream, target.authority(), path, headers))
        .await
        .unwrap_or(Err(LinkError::Timeout { what: "answer to the upgrade", patience }))?;
    Ok((Link::new(stream, early), connected - begun, connected.elapsed()))
}

/// Session, epoch and top of a greeting.
fn greet(text: &str, expected: &str) -> Result<(String, String, u64), LinkError> {
    let envelope = read(text)?;
    if envelope.kind() != expected {
        return Err(not_expected(&envelope, expected));
    }
    match (&envelope.session_id, &envelope.epoch, envelope.top) {
        (Some(session), Some(epoch), Some(top)) => {
            Ok((session.as_str().to_owned(), epoch.as_str().to_owned(), top))
        }
        _ => Err(LinkError::Unreadable(format!("{expected} without session_id, epoch or top"))),
    }
}

/// Reads until `resumed` has come; everything goes to the inbox in its order.
async fn wait_for_resumed(
    link: &mut Link,
    inbox: &mut Vec<String>,
    patience: Duration,
) -> Result<(), LinkError> {
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let text = link.text("resumed", left).await?;
        let envelope = read(&text)?;
        match envelope.kind() {
            "resumed" => {
                inbox.push(text);
                return Ok(());
            }
            "error" if envelope.offset.is_none() => return Err(not_expected(&envelope, "resumed")),
            _ => inbox.push(text),
        }
    }
}

fn read(text: &str) -> Result<Envelope<'_>, LinkError> {
    Envelope::parse(text).map_err(|error| LinkError::Unreadable(error.to_string()))
}

fn not_expected(envelope: &Envelope<'_>, expected: &str) -> LinkError {
    let text = |text: &Option<super::envelope::Text<'_>>| {
        text.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default()
    };
    if envelope.kind() == "error" {
        return LinkError::Refused { code: text(&envelope.code), message: text(&envelope.message) };
    }
    LinkError::Unreadable(format!("{} instead of {expected}", envelope.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn paths_carry_the_resume_point() {
        let target = Target::resolve("http://127.0.0.1:9/base").await.unwrap();
        let door = Door::Progress {
            session_id: "session_1".to_owned(),
            agent_id: Some("a b".to_owned()),
            resume: Some(ResumePoint { epoch: "e/1".to_owned(), offset: 7 }),
        };
        assert_eq!(door.path(&target), "/base/ws/progress/session_1?epoch=e%2F1&offset=7&agent_id=a%20b");
        assert!(door.resumes());
    }

    #[test]
    fn a_refusal_keeps_its_code() {
        let error =
            greet(r#"{"type":"error","code":"SERVER_FULL","message":"no"}"#, "connection_established");
        assert_eq!(error.unwrap_err().code(), "SERVER_FULL");
    }
}
