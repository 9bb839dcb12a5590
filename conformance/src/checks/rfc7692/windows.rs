//! The agreed windows are kept to (RFC 7692 §7.1.2).

use std::sync::LazyLock;

use crate::checks::{Check, Context, Step};
use crate::peer::Message;
use crate::peer::deflate::{BitWriter, Token, fixed_block};

use super::connection::{COMPRESSED, open, patience};

/// Whose window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The server's: it must not refer further back.
    Server,
    /// The client's: the server must be able to read what refers as far back as it may.
    Client,
}

/// One case.
#[derive(Debug)]
pub(crate) struct WindowCase {
    /// Id of the check.
    pub(crate) id: String,
    /// Id of the mutant that spoils this case.
    pub(crate) spoilt: String,
    title: String,
    requirement: &'static [&'static str],
    /// The offer.
    pub(crate) offer: String,
    pub(crate) side: Side,
    pub(crate) bits: u8,
}

/// All cases.
pub(crate) static CASES: LazyLock<Vec<WindowCase>> = LazyLock::new(|| {
    let server = (8..=14).map(|bits| WindowCase {
        id: format!("deflate.kept-window-{bits}"),
        spoilt: format!("deflate.kept-window-{bits}-overrun"),
        title: format!(
            "with server_max_window_bits={bits} the server refers no further back than {}",
            1 << bits
        ),
        requirement: &["deflate.window-of-server"],
        offer: format!("permessage-deflate; server_max_window_bits={bits}"),
        side: Side::Server,
        bits,
    });
    let client = (8..=15).map(|bits| WindowCase {
        id: format!("deflate.read-window-{bits}"),
        spoilt: format!("deflate.read-window-{bits}-unread"),
        title: format!("a reference {} octets back, all of an agreed window, is read", 1 << bits),
        requirement: &["deflate.window-of-client"],
        offer: format!("permessage-deflate; client_max_window_bits={bits}"),
        side: Side::Client,
        bits,
    });
    server.chain(client).collect()
});

impl WindowCase {
    /// Text whose second half repeats the first from just beyond the window.
    pub(crate) fn repeating(&self) -> Message {
        let half = (1 << self.bits) + 40;
        // Nothing repeats within a half but single hexadecimal digits.
        let digits = (0..half as u32).map(|at| {
            let mixed = at.wrapping_mul(0x9e37_79b1).rotate_left(13).wrapping_mul(0x85eb_ca6b) >> 24;
            char::from(b'0' + (mixed % 64) as u8)
        });
        let half: String = digits.collect();
        Message::Text(format!("{half}{half}"))
    }
}

/// Exactly one window of `bits` of text, then one reference to its beginning.
fn reaching(bits: u8) -> (Vec<u8>, Message) {
    let window = 1_usize << bits;
    let mut text: Vec<u8> = (0..window).map(|at| b'a' + (at * at % 23) as u8).collect();
    let mut tokens: Vec<Token> = text.iter().map(|octet| Token::Literal(*octet)).collect();
    // 32768 itself is the last distance that there is.
    tokens.push(Token::Copy { length: 200, distance: window as u16 });
    let mut bits = BitWriter::default();
    fixed_block(&mut bits, false, &tokens);
    bits.end_message();
    text.extend_from_within(..200);
    (bits.finish(), Message::Text(String::from_utf8_lossy(&text).into_owned()))
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static WindowCase| {
        Check::new(&case.id, &case.title, case.requirement, move |cx| async move {
            match case.side {
                Side::Server => kept(cx, case).await,
                Side::Client => read(cx, case).await,
            }
        })
    };
    CASES.iter().map(check).collect()
}

/// What repeats only beyond the window comes back without a reference that reaches so far.
async fn kept(cx: Context, case: &'static WindowCase) -> Step {
    let mut connection = open(&cx, &[&case.offer]).await?;
    for _ in 0..2 {
        connection.echo(&cx, &case.repeating()).await?;
    }
    Ok(())
}

/// A message that uses the whole window comes back the same. The window is the one that was answered, which may be
/// smaller than what was offered.
async fn read(cx: Context, case: &'static WindowCase) -> Step {
    let mut connection = open(&cx, &[&case.offer]).await?;
    let answered = connection.agreement.client_max_window_bits.flatten();
    let (payload, message) = reaching(answered.unwrap_or(case.bits).min(case.bits));
    let frame = crate::peer::Frame::text(payload).rsv(COMPRESSED);
    connection.peer.send_frame(frame).await;
    connection.expect_echo(&message, patience(&cx)).await.map(drop)
}
