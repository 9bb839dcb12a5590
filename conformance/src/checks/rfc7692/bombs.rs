//! Little that becomes much: the limit of a message counts for what comes of it.

use std::sync::LazyLock;

use crate::checks::{Check, Context, ReasonCode, Step, fail};
use crate::peer::deflate::{BitWriter, PERMESSAGE_DEFLATE, Token, fixed_block};
use crate::peer::{EventKind, Frame, FrameFault, Message};

use super::connection::{COMPRESSED, Connection, USUAL, fragments, open, patience, place_among_large};
use super::corpus::Corpus;
use super::scripts::expect_alive;

/// Octets that come of a bomb: more than the usual limits of servers, of which 100 MiB is the largest known.
const LARGE: usize = 130 << 20;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "deflate.bomb",
            "a small message that becomes 130 MiB is refused with 1009",
            &["deflate.bombs"],
            bomb,
        ),
        Check::new(
            "deflate.bomb-in-fragments",
            "the same in fragments",
            &["deflate.bombs"],
            bomb_in_fragments,
        ),
        Check::new(
            "deflate.bomb-apart",
            "while one connection is sent a bomb, another is served",
            &["deflate.bombs-apart"],
            bomb_apart,
        ),
        Check::new(
            "deflate.much-of-little",
            "a message that becomes a thousand times as large, within reason, comes back",
            &["deflate.messages"],
            much_of_little,
        ),
    ]
}

/// One octet, and then 258 of them `times` times.
fn repeated(times: usize) -> Vec<u8> {
    let mut bits = BitWriter::default();
    fixed_block(&mut bits, false, &[Token::Literal(b'0')]);
    bits.put(0b010, 3);
    for _ in 0..times {
        // Length symbol 285 and distance symbol 0 of the fixed codes: 258 octets from one octet back.
        bits.put(u32::from(0xc5_u8.reverse_bits()), 13);
    }
    bits.put_code(0, 7);
    bits.end_message();
    bits.finish()
}

/// The bomb, made once.
pub(crate) static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| repeated(LARGE / 258));

/// Refused; a target that echoes so much has no limit.
async fn expect_limited(cx: &Context, connection: &mut Connection) -> Step {
    let expected = "close 1009 for a message over every reasonable limit";
    let deadline = patience(cx);
    loop {
        let Some(event) = connection.peer.next_event(deadline.end()).await else {
            return fail(ReasonCode::NotClosed, expected, "an open connection");
        };
        return match event.kind {
            EventKind::Message(Message::Close(Some((1009, _)))) => Ok(()),
            EventKind::Message(Message::Close(parts)) => {
                fail(ReasonCode::WrongCloseCode, expected, Message::Close(parts).to_string())
            }
            EventKind::Message(Message::Text(_) | Message::Binary(_))
            | EventKind::Fault(FrameFault::TooLarge(_) | FrameFault::Deflate(_)) => {
                fail(ReasonCode::Accepted, expected, "an echo")
            }
            EventKind::Fault(fault) => fail(ReasonCode::Malformed, expected, fault.to_string()),
            EventKind::End(_) => fail(ReasonCode::Missing, expected, "the end of the connection"),
            EventKind::Message(_) => continue,
        };
    }
}

async fn bomb(cx: Context) -> Step {
    let _place = place_among_large().await;
    let mut connection = open(&cx, &[PERMESSAGE_DEFLATE]).await?;
    connection.peer.send_frame(Frame::binary(BOMB.as_slice()).rsv(COMPRESSED)).await;
    expect_limited(&cx, &mut connection).await
}

async fn bomb_in_fragments(cx: Context) -> Step {
    let _place = place_among_large().await;
    let mut connection = open(&cx, &[PERMESSAGE_DEFLATE]).await?;
    for frame in fragments(&Frame::text(BOMB.as_slice()).rsv(COMPRESSED), 64 * 1024) {
        connection.peer.send_frame(frame).await;
    }
    expect_limited(&cx, &mut connection).await
}

async fn bomb_apart(cx: Context) -> Step {
    let _place = place_among_large().await;
    let mut other = open(&cx, USUAL).await?;
    let connection = open(&cx, &[PERMESSAGE_DEFLATE]).await?;
    connection.peer.send_frame(Frame::binary(BOMB.as_slice()).rsv(COMPRESSED)).await;
    for number in 0..3 {
        other.echo(&cx, &Corpus::Prose.message(2_500, number)).await?;
    }
    expect_alive(&cx, &mut other).await
}

async fn much_of_little(cx: Context) -> Step {
    let mut connection = open(&cx, &[PERMESSAGE_DEFLATE]).await?;
    connection.peer.send_frame(Frame::text(repeated(500)).rsv(COMPRESSED)).await;
    connection.expect_echo(&Message::Text("0".repeat(1 + 258 * 500)), patience(&cx)).await.map(drop)
}
