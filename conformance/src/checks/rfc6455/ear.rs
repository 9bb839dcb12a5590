//! Listening: what came is what had to come, in order, and how it ended.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::checks::{Context, Deadline, ReasonCode, Step, Stop, fail, millis};
use crate::peer::{Frame, Message, words};
use crate::target::Door;

use super::mouth::{Heard, Mouth};
use super::talk::{Act, End, Talk, beginning};

/// Payload of the ping that shows that the connection goes on.
const MARKER: &[u8] = b"still there?";

/// What a conveyor leaves of the time of its check, for what comes behind it.
const LEFT_BY_CONVEYOR: Duration = Duration::from_secs(2);
/// Close codes that call a message broken.
const BROKEN: [u16; 3] = [1002, 1003, 1007];
/// Octets that come one at a time come this far apart.
const DRIP: Duration = Duration::from_millis(1);

/// Carries out a case on a connection of its own.
pub(super) async fn carry_out(cx: Context, talk: Talk) -> Step {
    let peer = cx.upgrade(&cx.upgrade_request(&Door::Echo)).await?;
    converse(&cx, peer, talk).await
}

/// Says and hears what `talk` has, by `mouth`.
pub(crate) async fn converse(cx: &Context, mouth: impl Mouth, talk: Talk) -> Step {
    let mut ear = Ear {
        mouth,
        echoes: talk.echoes.into(),
        pongs: talk.pongs.into(),
        unwanted: talk.unwanted,
        untaken: talk.untaken,
        failing: matches!(talk.end, End::Failed(_) | End::Ended),
        odd_pong: None,
        wants_pong: false,
        over: None,
    };
    let deadline = || cx.within(talk.patience);
    let conveyed = Instant::now() + cx.pace().limit.saturating_sub(LEFT_BY_CONVEYOR);
    say(&mut ear, talk.acts, conveyed, deadline).await?;
    match talk.end {
        End::OpenOrTooLarge => ear.goes_on_or_refuses(cx, deadline()).await,
        End::Open => ear.goes_on(cx, deadline()).await,
        End::Failed(codes) => ear.is_failed(codes, deadline()).await,
        End::Ended => {
            ear.is_failed(&[], deadline()).await?;
            if ear.over == Some(Over::Tcp) {
                return Ok(());
            }
            ear.mouth.conclude().await;
            ear.ends(deadline()).await
        }
        End::Closed(among, codes) => {
            if !talk.optional {
                ear.hear_all(deadline()).await?;
            }
            ear.is_closed(among, codes, cx).await
        }
    }
}

/// Does what is to be done; a conveyor runs until `conveyed` at most.
async fn say<M: Mouth>(
    ear: &mut Ear<M>,
    acts: Vec<Act>,
    conveyed: Instant,
    deadline: impl Fn() -> Deadline,
) -> Step {
    let mut parted: Option<Vec<u8>> = None;
    for act in acts {
        match act {
            Act::Send(frame) => ear.mouth.say(frame).await,
            Act::Bare(frame) => ear.mouth.say_exactly(frame).await,
            Act::Pieces(frames, size, pause) => {
                let mut bytes = Vec::new();
                for frame in &frames {
                    bytes.extend(M::dressed(frame).encode());
                }
                ear.mouth.pieces(&bytes, size, pause).await;
            }
            Act::Part(..) | Act::Drip(..) => parted = Some(ear.begin(act).await),
            Act::Pause(time) => tokio::time::sleep(time).await,
            Act::Rest => {
                ear.mouth.bytes(&parted.take().unwrap_or_default()).await;
                ear.mouth.set_auto_pong(true);
            }
            Act::Conveyor(frames, most) => {
                let count = frames.len();
                for (at, frame) in frames.into_iter().enumerate() {
                    if Instant::now() > conveyed {
                        // The order is judged, not the speed: of fewer than all nothing can be said.
                        let seen = format!("{at} of {count} messages were exchanged in the time of a check");
                        return Err(Stop::Harness(format!("{seen}: a larger --timing-scale gives more")));
                    }
                    ear.mouth.say(frame).await;
                    while ear.echoes.len() > count - at - 1 + most {
                        ear.hear_one(deadline()).await?;
                    }
                }
            }
            Act::Bytes(bytes) => {
                ear.mouth.set_auto_pong(false);
                ear.mouth.bytes(&bytes).await;
            }
            Act::Head(frame, length) => {
                ear.mouth.set_auto_pong(false);
                ear.mouth.bytes(&M::dressed(&frame).encode_head(length)).await;
            }
            Act::HearClose => ear.hears_close(deadline()).await?,
            Act::Hear(message) => ear.hear(&message, deadline()).await?,
            Act::HalfClose => ear.mouth.half_close().await,
        }
    }
    Ok(())
}

/// What ended the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Over {
    Close(Option<(u16, String)>),
    Tcp,
}

impl Over {
    fn words(&self) -> String {
        match self {
            Self::Close(parts) => Message::Close(parts.clone()).to_string(),
            Self::Tcp => "the end of the connection".to_owned(),
        }
    }
}

struct Ear<M> {
    mouth: M,
    /// Messages still to come.
    echoes: VecDeque<Message>,
    /// Pongs still to come.
    pongs: VecDeque<Vec<u8>>,
    unwanted: Option<Vec<u8>>,
    /// A close code that must not come back.
    untaken: Option<u16>,
    /// The connection must be failed: a message that is not expected is an answer to what must not be answered.
    failing: bool,
    /// A pong nobody expected; a server may send such, but it explains a missing one.
    odd_pong: Option<Vec<u8>>,
    /// The pong that is missing is what is waited for, whatever echoes are still to come.
    wants_pong: bool,
    over: Option<Over>,
}

impl<M: Mouth> Ear<M> {
    /// Sends the beginning of a frame, at once or in octets; gives what is left of it.
    async fn begin(&mut self, act: Act) -> Vec<u8> {
        let (frame, octets, drips) = match act {
            Act::Part(frame, octets) => (frame, octets, false),
            Act::Drip(frame, octets) => (frame, octets, true),
            _ => return Vec::new(),
        };
        // A pong would come in the middle of the frame.
        self.mouth.set_auto_pong(false);
        let frame = M::dressed(&frame);
        let begun = beginning(&frame, octets);
        match drips {
            true => self.mouth.pieces(&begun, 1, DRIP).await,
            false => self.mouth.bytes(&begun).await,
        }
        frame.encode().split_off(begun.len())
    }

    /// The target's close frame, or the end of TCP: a violation may be answered without a frame (§7.1.7: SHOULD).
    async fn hears_close(&mut self, deadline: Deadline) -> Step {
        let what = "a failed connection";
        while self.over.is_none() {
            if !self.listen(what, deadline).await? {
                return fail(ReasonCode::NotClosed, what, "an open connection");
            }
        }
        Ok(())
    }

    /// The next event, sorted in; `false` when there is none in time.
    async fn listen(&mut self, what: &str, deadline: Deadline) -> Step<bool> {
        let Some((at, heard)) = self.mouth.hear(deadline.end()).await else { return Ok(false) };
        match heard {
            Heard::Fault(fault) => return fail(ReasonCode::Malformed, what, fault),
            Heard::End => self.over = Some(Over::Tcp),
            Heard::Message(Message::Close(parts)) => self.over = Some(Over::Close(parts)),
            Heard::Message(Message::Ping(_)) => {}
            Heard::Message(Message::Pong(payload)) => self.take_pong(payload)?,
            Heard::Message(message) => {
                self.take_echo(message)?;
                if deadline.is_late(at) {
                    return self.late(what, deadline, at);
                }
            }
        }
        Ok(true)
    }

    fn late<T>(&self, what: &str, deadline: Deadline, at: Instant) -> Step<T> {
        let expected = format!("{what} within {}", millis(deadline.limit()));
        fail(ReasonCode::Late, expected, format!("it after {}", deadline.elapsed(at)))
    }

    fn take_pong(&mut self, payload: Vec<u8>) -> Step {
        if self.unwanted.as_ref() == Some(&payload) {
            return fail(ReasonCode::Unexpected, "no such pong", pong(&payload));
        }
        match self.pongs.iter().position(|pong| *pong == payload) {
            Some(at) => drop(self.pongs.drain(..=at)),
            None => self.odd_pong = Some(payload),
        }
        Ok(())
    }

    fn take_echo(&mut self, message: Message) -> Step {
        match self.echoes.pop_front() {
            Some(echo) if echo == message => Ok(()),
            Some(echo) => wrong_echo(&echo, &message),
            None if self.failing => fail(ReasonCode::Accepted, "a failed connection", data(&message)),
            None => fail(ReasonCode::Unexpected, "no further message", data(&message)),
        }
    }

    /// What is still to come, in words.
    fn wanted(&self) -> String {
        match (self.echoes.front(), self.pongs.back()) {
            (Some(echo), _) => format!("the echo of {}", data(echo)),
            (None, Some(payload)) => pong(payload),
            (None, None) => "an open connection".to_owned(),
        }
    }

    async fn hear_one(&mut self, deadline: Deadline) -> Step {
        let before = (self.echoes.len(), self.pongs.len());
        while before == (self.echoes.len(), self.pongs.len()) {
            let what = self.wanted();
            if !self.listen(&what, deadline).await? {
                return self.missing(what, deadline);
            }
            if let Some(over) = &self.over {
                return fail(ReasonCode::Closed, what, over.words());
            }
        }
        Ok(())
    }

    fn missing(&self, what: String, deadline: Deadline) -> Step {
        let expected = format!("{what} within {}", millis(deadline.limit()));
        match &self.odd_pong {
            Some(payload) if self.echoes.is_empty() || self.wants_pong => {
                fail(ReasonCode::WrongValue, what, pong(payload))
            }
            _ => fail(ReasonCode::Missing, expected, "silence"),
        }
    }

    async fn hear(&mut self, message: &Message, deadline: Deadline) -> Step {
        let waits = |ear: &Self| match message {
            Message::Pong(payload) => ear.pongs.contains(payload),
            other => ear.echoes.contains(other),
        };
        self.wants_pong = matches!(message, Message::Pong(_));
        while waits(self) {
            self.hear_one(deadline).await?;
        }
        self.wants_pong = false;
        Ok(())
    }

    async fn hear_all(&mut self, deadline: Deadline) -> Step {
        while !self.echoes.is_empty() || !self.pongs.is_empty() {
            self.hear_one(deadline).await?;
        }
        Ok(())
    }

    /// Everything has come, nothing more comes, and the connection is still good for a ping.
    async fn goes_on(&mut self, cx: &Context, deadline: Deadline) -> Step {
        self.hear_all(deadline).await?;
        self.mouth.say(Frame::ping(MARKER)).await;
        self.pongs.push_back(MARKER.to_vec());
        self.hear_all(cx.soon()).await?;
        // A clean end is kinder to the target than a cut; what it makes of it is for other checks.
        self.mouth.say(Frame::close(1000, "")).await;
        Ok(())
    }

    /// The same, or what was sent is too large for the target, which may say so in many ways. None of them is
    /// that it was broken.
    async fn goes_on_or_refuses(&mut self, cx: &Context, deadline: Deadline) -> Step {
        let heard = self.goes_on(cx, deadline).await;
        match &self.over {
            None => heard,
            Some(Over::Close(Some((code, _)))) if BROKEN.contains(code) => heard,
            Some(_) => Ok(()),
        }
    }

    async fn is_failed(&mut self, codes: &'static [u16], deadline: Deadline) -> Step {
        let what = match codes {
            [] => "a failed connection".to_owned(),
            codes => format!("close {}", either(codes)),
        };
        while self.over.is_none() {
            if !self.listen(&what, deadline).await? {
                return fail(ReasonCode::NotClosed, what, "an open connection");
            }
        }
        if deadline.is_late(Instant::now()) {
            return self.late(&what, deadline, Instant::now());
        }
        match &self.over {
            Some(Over::Close(Some((code, _)))) if self.untaken == Some(*code) => {
                fail(ReasonCode::Accepted, what, format!("close {code}, the code of the broken frame"))
            }
            Some(Over::Close(parts)) if !codes.is_empty() => {
                let got = parts.as_ref().map_or(1005, |(code, _)| *code);
                if codes.contains(&got) {
                    return Ok(());
                }
                fail(ReasonCode::WrongCloseCode, what, Message::Close(parts.clone()).to_string())
            }
            Some(Over::Tcp) if !codes.is_empty() => {
                fail(ReasonCode::Missing, what, "the end of the connection without a close frame")
            }
            _ => Ok(()),
        }
    }

    async fn is_closed(&mut self, among: bool, codes: &'static [u16], cx: &Context) -> Step {
        let what = match (codes, among) {
            ([], _) => "a close frame".to_owned(),
            (codes, true) => format!("close {}", either(codes)),
            (codes, false) => format!("a close frame, not {}", either(codes)),
        };
        let deadline = cx.soon();
        while self.over.is_none() {
            if !self.listen(&what, deadline).await? {
                return fail(ReasonCode::NotClosed, what, "an open connection");
            }
        }
        let Some(Over::Close(parts)) = self.over.take() else {
            return fail(ReasonCode::Missing, what, "the end of the connection without a close frame");
        };
        if deadline.is_late(Instant::now()) {
            return self.late(&what, deadline, Instant::now());
        }
        let got = parts.as_ref().map_or(1005, |(code, _)| *code);
        if !codes.is_empty() && codes.contains(&got) != among {
            return fail(ReasonCode::WrongCloseCode, what, Message::Close(parts).to_string());
        }
        self.mouth.conclude().await;
        self.ends(cx.soon()).await
    }

    /// Nothing more but the end of TCP.
    async fn ends(&mut self, deadline: Deadline) -> Step {
        let what = "the end of TCP and nothing before it";
        while let Some((at, heard)) = self.mouth.hear(deadline.end()).await {
            match heard {
                Heard::End if deadline.is_late(at) => {
                    return self.late(what, deadline, at);
                }
                Heard::End => return Ok(()),
                Heard::Fault(fault) => return fail(ReasonCode::Malformed, what, fault),
                Heard::Message(Message::Pong(payload)) => self.take_pong(payload)?,
                Heard::Message(Message::Ping(_)) => {}
                Heard::Message(message) => {
                    return fail(ReasonCode::Unexpected, what, data(&message));
                }
            }
        }
        fail(ReasonCode::NotClosed, what, "an open connection")
    }
}

/// Time for a message of `octets`, and so much for every MiB of it.
pub(super) fn patience(octets: usize) -> Duration {
    Duration::from_millis(2_000 + (octets as u64 >> 20) * 500)
}

fn either(codes: &[u16]) -> String {
    codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}

fn wrong_echo(echo: &Message, got: &Message) -> Step {
    let bytes = |message: &Message| match message {
        Message::Text(text) => text.as_bytes().to_vec(),
        Message::Binary(bytes) => bytes.clone(),
        _ => Vec::new(),
    };
    let (wanted, seen) = (bytes(echo), bytes(got));
    let kind = |message: &Message| if matches!(message, Message::Text(_)) { "text" } else { "binary" };
    if wanted == seen {
        return fail(ReasonCode::WrongType, format!("the echo as {}", kind(echo)), kind(got));
    }
    let at = wanted.iter().zip(&seen).take_while(|(a, b)| a == b).count();
    let actual = format!("{}, different from octet {at} on", data(got));
    fail(ReasonCode::WrongValue, format!("the echo of {}", data(echo)), actual)
}

/// A message in a few words: it may be long, empty, or no text at all.
fn data(message: &Message) -> String {
    match message {
        Message::Text(text) => format!("text of {} octets, {}", text.len(), words(text.as_bytes())),
        Message::Binary(bytes) => format!("binary of {} octets, {}", bytes.len(), words(bytes)),
        other => other.to_string(),
    }
}

fn pong(payload: &[u8]) -> String {
    format!("pong {}", words(payload))
}
