//! WebSockets: upgrades, greetings, handshakes.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use crate::checks::client::Peer;
use crate::checks::field;
use crate::checks::verdict::{ReasonCode, Step, ensure, fail};
use crate::peer::deflate::{InflateRules, judge_answer};
use crate::peer::{
    Direction, HttpFault, Link, LinkOptions, MAX_MESSAGE, Request, Response, accept_value, random_key,
    read_response, upgrade_request,
};
use crate::target::Door;

use super::{ANYBODY, Context, now};

impl Context {
    /// A correct upgrade request for `door`, to be spoilt; with a token of nobody in particular where the
    /// target wants tokens.
    pub fn upgrade_request(&self, door: &Door) -> Request {
        self.upgrade_request_of(door, ANYBODY)
    }

    /// The same with a token of `user`.
    pub fn upgrade_request_of(&self, door: &Door, user: &str) -> Request {
        let request = self.bare_upgrade_request(door);
        match self.token_of(user) {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        }
    }

    /// The same without any token.
    pub fn bare_upgrade_request(&self, door: &Door) -> Request {
        upgrade_request(&self.inner.target.path(door), &self.inner.target.host(), &random_key())
    }

    /// Sends an upgrade request that must be accepted with 101 and the right `Sec-WebSocket-Accept`.
    pub async fn upgrade(&self, request: &Request) -> Step<Peer> {
        self.upgrade_with(request, &[], LinkOptions::default()).await
    }

    /// The same with bytes sent right behind the request, in the same packet.
    pub async fn upgrade_with(&self, request: &Request, behind: &[u8], options: LinkOptions) -> Step<Peer> {
        let path = request.target.split('?').next().unwrap_or_default();
        let name = self.connection_name(path.rsplit('/').next().unwrap_or("peer"));
        let mut bytes = request.encode();
        let transcript = &self.inner.transcript;
        transcript.add(&name, Direction::Sent, "http", &String::from_utf8_lossy(&bytes), None);
        bytes.extend_from_slice(behind);
        let mut stream = self.connect().await?;
        let deadline = self.soon();
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
            return fail(ReasonCode::Closed, "101 Switching Protocols", "the end of the connection");
        }
        let mut rest = Vec::new();
        let found = read_response(&mut stream, &mut rest, deadline.end(), false).await;
        let response = judge_response(found, "101 Switching Protocols")?;
        let head = String::from_utf8_lossy(&response.encode()).into_owned();
        transcript.add(&name, Direction::Received, "http", &head, None);
        if response.status != 101 {
            let actual = format!("{} {}", response.status, response.reason);
            return fail(ReasonCode::WrongStatus, "101 Switching Protocols", actual);
        }
        if deadline.is_late(Instant::now()) {
            return fail(ReasonCode::Late, "101 Switching Protocols", deadline.elapsed(Instant::now()));
        }
        let expected = accept_value(request.field("Sec-WebSocket-Key").unwrap_or_default());
        match response.field("Sec-WebSocket-Accept") {
            Some(accept) if accept == expected => {}
            accept => {
                let expected = format!("Sec-WebSocket-Accept {expected:?}");
                return fail(ReasonCode::WrongValue, expected, format!("{accept:?}"));
            }
        }
        let options = LinkOptions { inflate: agreed(request, &response), ..options };
        Ok(Peer::new(Link::new(&name, stream, &rest, transcript.clone(), options), response))
    }

    /// Whether the upgrade opens: its first message is `connection_established`, anything else a refusal.
    pub async fn opens(&self, request: &Request) -> Step {
        let mut peer = self.upgrade(request).await?;
        let first = peer.next_json("connection_established", self.soon()).await?.value;
        ensure(
            field::name(&first) == "connection_established",
            ReasonCode::Refused,
            "connection_established",
            first,
        )
    }

    /// Opens `door` and takes the `connection_established` that must come first.
    pub async fn open(&self, door: Door) -> Step<Peer> {
        self.open_of(door, ANYBODY).await
    }

    /// The same as `user`, where the target wants tokens: a handshake that follows may name that user.
    pub async fn open_of(&self, door: Door, user: &str) -> Step<Peer> {
        self.open_by(&self.upgrade_request_of(&door, user)).await
    }

    /// The same with a request of one's own.
    pub async fn open_by(&self, request: &Request) -> Step<Peer> {
        let mut peer = self.upgrade(request).await?;
        let first = peer.next_json("connection_established", self.soon()).await?;
        field::equals(&first.value, "type", "connection_established")?;
        peer.greet(first.value);
        Ok(peer)
    }

    /// Opens `door` and joins `session` by handshake; gives the `connection_acknowledged` too.
    pub async fn join(&self, door: Door, session: &str) -> Step<(Peer, Value)> {
        self.join_with(door, session, json!({})).await
    }

    /// The same with further fields of the handshake, such as `agent_id` or `resume`.
    pub async fn join_with(&self, door: Door, session: &str, more: Value) -> Step<(Peer, Value)> {
        let typed = door.is_typed();
        let user = more.get("user_id").and_then(Value::as_str).unwrap_or(ANYBODY);
        let mut peer = self.open_of(door, user).await?;
        let mut handshake = json!({
            "type": "connection_handshake", "agent_id": "suite", "agent_type": "frontend",
            "session_id": session, "capabilities": ["query_processing", "real_time_updates", "heartbeat"],
        });
        if let (Some(handshake), Value::Object(more)) = (handshake.as_object_mut(), more) {
            handshake.extend(more);
            if typed {
                handshake.insert("timestamp".to_owned(), Value::from(now()));
            }
        }
        peer.send(&handshake).await;
        let answer = peer.expect_type("connection_acknowledged", self.soon()).await?;
        Ok((peer, answer.value))
    }
}

/// What was agreed about compressed messages of the target. An answer that does not fit the offer is for the
/// checks of the answer to judge.
fn agreed(request: &Request, response: &Response) -> Option<InflateRules> {
    let field = "Sec-WebSocket-Extensions";
    let agreement = judge_answer(request.values(field), response.values(field)).ok().flatten()?;
    Some(agreement.inflate_rules(MAX_MESSAGE as usize))
}

/// Turns what happened instead of a response into a violation.
pub(crate) fn judge_response(found: Result<Response, HttpFault>, expected: &str) -> Step<Response> {
    let fault = match found {
        Ok(response) => return Ok(response),
        Err(fault) => fault,
    };
    let code = match fault {
        HttpFault::Silent(_) => ReasonCode::Missing,
        HttpFault::Ended(_) => ReasonCode::Closed,
        HttpFault::HeadTooLarge(_) | HttpFault::BodyTooLarge(_) | HttpFault::Malformed(_) => {
            ReasonCode::Malformed
        }
    };
    fail(code, expected, fault.to_string())
}
