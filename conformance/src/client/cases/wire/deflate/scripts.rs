//! The frames of the server's table, said by the server: forms of a message that every reader understands, bits in the
//! wrong place, what is not DEFLATE, text that is not text.

use std::sync::LazyLock;

use crate::checks::rfc7692::bombs::BOMB;
use crate::checks::rfc7692::connection::COMPRESSED;
use crate::checks::rfc7692::scripts::{CASES, Outcome, Script};
use crate::checks::{Check, Step};
use crate::client::Stage;
use crate::client::wire::refusal::{self, End, refused};
use crate::peer::{Frame, Message};

use super::connection::{Wanted, open};

/// Frames that add up to a message.
#[derive(Debug)]
pub(crate) struct Echo {
    /// Id of the check.
    pub(crate) id: String,
    title: &'static str,
    requirements: [&'static str; 1],
    frames: &'static [Frame],
    message: &'static Message,
}

/// Those that come back. Where a reader has the choice nothing is asked of clients.
pub(crate) static ECHOES: LazyLock<Vec<Echo>> = LazyLock::new(|| {
    let echo = |script: &'static Script| match &script.outcome {
        Outcome::Echo(message) if script.offered => Some(Echo {
            id: id(script),
            title: &script.title,
            requirements: [requirement(script)],
            frames: &script.frames,
            message,
        }),
        _ => None,
    };
    CASES.iter().filter_map(echo).collect()
});

/// Those that fail the connection.
pub(crate) static REFUSED: LazyLock<Vec<refusal::Case>> = LazyLock::new(|| {
    let case = |script: &'static Script| {
        let end = match script.outcome {
            Outcome::Refused([]) => End::Any,
            Outcome::Refused([code]) => End::Code(*code),
            _ => return None,
        };
        script.offered.then(|| refusal::Case {
            id: id(script),
            title: script.title.clone(),
            requirements: [requirement(script)],
            frames: script.frames.clone(),
            end,
        })
    };
    let mut all: Vec<refusal::Case> = CASES.iter().filter_map(case).collect();
    all.push(refusal::Case {
        id: "client-wire.deflate-bomb".to_owned(),
        title: "A small message that becomes 130 MiB fails the connection".to_owned(),
        requirements: ["client-wire.deflate-bombs"],
        frames: vec![Frame::binary(BOMB.as_slice()).rsv(COMPRESSED)],
        end: End::Any,
    });
    all
});

/// The id of the client's check of a script of servers.
fn id(script: &Script) -> String {
    script.id.replacen("deflate.", "client-wire.deflate-", 1)
}

/// What is asked of clients where servers are asked for the same.
fn requirement(script: &Script) -> &'static str {
    match script.requirement {
        ["deflate.final-blocks"] => "client-wire.deflate-final-blocks",
        ["deflate.plain-messages"] => "client-wire.deflate-plain-messages",
        ["deflate.fragments"] => "client-wire.deflate-fragments",
        ["deflate.bit-of-control-frames" | "deflate.bit-of-continuations" | "deflate.other-bits"] => {
            "client-wire.deflate-bits"
        }
        ["deflate.bit-code" | "deflate.text-code"] => "client-wire.failure-codes",
        ["deflate.malformed"] => "client-wire.deflate-malformed",
        ["deflate.cut-messages"] => "client-wire.deflate-cut-messages",
        ["deflate.text"] => "client-wire.utf8",
        _ => "client-wire.deflate-forms",
    }
}

pub(super) fn checks() -> Vec<Check> {
    let echo = |case: &'static Echo| {
        Check::client(&case.id, case.title, &case.requirements, move |stage| play_echo(stage, case))
    };
    let refused = |case: &'static refusal::Case| {
        Check::client(&case.id, &case.title, &case.requirements, move |stage| play_refused(stage, case))
    };
    ECHOES.iter().map(echo).chain(REFUSED.iter().map(refused)).collect()
}

async fn play_echo(mut stage: Stage, case: &'static Echo) -> Step {
    let mut connection = open(&mut stage, Wanted::default()).await?;
    for frame in case.frames {
        connection.link.send_frame(frame).await;
    }
    connection.expect(&mut stage, case.message).await
}

async fn play_refused(mut stage: Stage, case: &'static refusal::Case) -> Step {
    let mut connection = open(&mut stage, Wanted::default()).await?;
    for frame in &case.frames {
        connection.link.send_frame(frame).await;
    }
    refused(&stage, &mut connection.link, case.end).await
}
