//! Compressed messages of all sizes, whole and in fragments.

use std::sync::LazyLock;

use crate::checks::rfc7692::connection::COMPRESSED;
use crate::checks::rfc7692::corpus::Corpus;
use crate::checks::rfc7692::echo::{EchoCase, agreed, kinds};
use crate::checks::{Check, ReasonCode, Step, fail};
use crate::client::Stage;
use crate::client::link::Heard;
use crate::peer::deflate::{Agreement, Deflater, Style};
use crate::peer::{Frame, Message};

use super::connection::{Wanted, open};

/// How many messages may be on their way: few enough for any buffer.
const ON_THE_WAY: usize = 8;

/// Messages of one size and kind.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    corpus: Corpus,
    size: usize,
    /// Octets of a frame at most.
    fragment: usize,
    /// Whether the server takes nothing over.
    alone: bool,
}

/// All of them.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (corpus, kind) in [(Corpus::Prose, "text"), (Corpus::Noise, "binary")] {
        for size in [16, 126, 1_024, 65_536, 131_072, 1 << 20] {
            for alone in [false, true] {
                let (ending, how) = if alone { ("-alone", ", nothing taken over") } else { ("", "") };
                all.push(Case {
                    id: format!("client-wire.deflate-{kind}-of-{size}{ending}"),
                    title: format!("Compressed {kind} messages of {size} octets come back{how}"),
                    corpus,
                    size,
                    fragment: usize::MAX,
                    alone,
                });
            }
        }
        for fragment in [1, 64, 1_000] {
            all.push(Case {
                id: format!("client-wire.deflate-{kind}-in-{fragment}"),
                title: format!("Compressed {kind} messages in frames of {fragment} octets come back"),
                corpus,
                size: fragment * 40,
                fragment,
                alone: false,
            });
        }
    }
    all
});

/// Messages of a kind and size that servers are asked for too.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Id of the check.
    pub(crate) id: String,
    case: &'static EchoCase,
}

/// Each kind of payload in each size, whole and in frames.
pub(crate) static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    kinds().map(|case| Kind { id: case.id.replacen("deflate.", "client-wire.deflate-", 1), case }).collect()
});

/// Messages of one size, after an answer that binds both sides to what an offer binds servers to.
#[derive(Debug)]
pub(crate) struct Agreed {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    wanted: Wanted,
    case: &'static EchoCase,
}

/// What servers are offered, answered to clients, in each size.
pub(crate) static AGREED: LazyLock<Vec<Agreed>> = LazyLock::new(|| {
    let case = |(case, offer): (&'static EchoCase, Agreement)| {
        let (alone, bits) = (offer.server_no_context_takeover, offer.server_max_window_bits);
        let wanted = Wanted {
            server_alone: alone,
            client_alone: alone,
            server_bits: bits,
            client_bits: bits,
            client_bits_spared: true,
            ..Wanted::default()
        };
        let what = match (alone, bits) {
            (false, None) => "no parameter".to_owned(),
            (true, None) => "nothing taken over by either side".to_owned(),
            (false, Some(bits)) => format!("windows of {} on both sides", 1_u32 << bits),
            (true, Some(bits)) => {
                format!("windows of {} and nothing taken over on both sides", 1_u32 << bits)
            }
        };
        let title = format!("With {what}, {} come back as agreed", case.what());
        Agreed { id: case.id.replacen("deflate.", "client-wire.deflate-", 1), title, wanted, case }
    };
    agreed().map(case).collect()
});

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        Check::client(&case.id, &case.title, &["client-wire.deflate-messages"], move |stage| {
            play(stage, case)
        })
    };
    let kind = |kind: &'static Kind| {
        Check::client(&kind.id, &kind.case.title, &["client-wire.deflate-messages"], move |stage| {
            play_kind(stage, kind.case)
        })
    };
    let agreed = |agreed: &'static Agreed| {
        Check::client(&agreed.id, &agreed.title, &["client-wire.deflate-agreed"], move |stage| {
            play_agreed(stage, agreed)
        })
    };
    let rows = CASES.iter().map(check).chain(KINDS.iter().map(kind)).chain(AGREED.iter().map(agreed));
    let mut all: Vec<Check> = rows.collect();
    all.push(Check::client(
        "client-wire.deflate-ping-inside",
        "A ping between the frames of a compressed message is answered before the message is complete",
        &["client-wire.deflate-control-frames"],
        ping_inside,
    ));
    all
}

impl Case {
    /// What is sent: the corpus again and again, where it is not long enough.
    fn message(&self) -> Message {
        let part = self.corpus.message(self.size.min(131_072), 1);
        match part {
            Message::Text(text) => Message::Text(text.repeat(self.size.div_ceil(131_072))),
            Message::Binary(octets) => Message::Binary(octets.repeat(self.size.div_ceil(131_072))),
            other => other,
        }
    }
}

/// The second one may refer to the first.
async fn play(mut stage: Stage, case: &'static Case) -> Step {
    let wanted = Wanted { server_alone: case.alone, client_alone: case.alone, ..Wanted::default() };
    let mut connection = open(&mut stage, wanted).await?;
    let message = case.message();
    connection.echo(&mut stage, &message, case.fragment).await?;
    connection.echo(&mut stage, &message, case.fragment).await
}

/// Each may refer to those before it.
async fn play_kind(mut stage: Stage, case: &'static EchoCase) -> Step {
    let mut connection = open(&mut stage, Wanted::default()).await?;
    for number in 0..case.count {
        let fragment = case.fragment.unwrap_or(usize::MAX);
        connection.echo(&mut stage, &case.message(number), fragment).await?;
    }
    Ok(())
}

/// As many messages as servers are sent, a few of them on their way at one time.
async fn play_agreed(mut stage: Stage, agreed: &'static Agreed) -> Step {
    let mut connection = open(&mut stage, agreed.wanted).await?;
    let case = agreed.case;
    for number in 0..case.count + ON_THE_WAY {
        if number < case.count {
            connection.send(&case.message(number), case.fragment.unwrap_or(usize::MAX)).await;
        }
        if let Some(echo) = number.checked_sub(ON_THE_WAY).filter(|echo| *echo < case.count) {
            connection.expect(&mut stage, &case.message(echo)).await?;
        }
    }
    Ok(())
}

async fn ping_inside(mut stage: Stage) -> Step {
    let mut connection = open(&mut stage, Wanted { server_alone: true, ..Wanted::default() }).await?;
    let message = Message::Text("complete behind the ping, and not before it".to_owned());
    let payload = Deflater::new(15, false, Style::Usual).message(&message.to_frame().payload);
    let (first, second) = payload.split_at(payload.len() / 2);
    connection.link.send_frame(&Frame::text(first).rsv(COMPRESSED).more()).await;
    connection.link.send_frame(&Frame::ping("inside a compressed message")).await;
    let pong = |heard: &Heard| match heard {
        Heard::Message(Message::Pong(payload)) => Some(payload.clone()),
        _ => None,
    };
    let payload = connection.link.expect_with("a pong", stage.soon(), pong).await?;
    if payload != b"inside a compressed message" {
        let actual = String::from_utf8_lossy(&payload).into_owned();
        return fail(ReasonCode::WrongValue, "the payload of the ping", actual);
    }
    connection.link.send_frame(&Frame::continuation(second)).await;
    connection.expect(&mut stage, &message).await
}
