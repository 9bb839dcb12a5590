//! What is taken over from message to message, and what is not (RFC 7692 §7.1.1, §7.2).

use crate::checks::{Check, Context, Step};
use crate::peer::deflate::{BitWriter, Style, Token, fixed_block};
use crate::peer::{Frame, Message};
use crate::target::KEPT_CONTEXT;

use super::connection::{COMPRESSED, Connection, USUAL, open, open_as, patience};
use super::corpus::Corpus;

/// What promises that the server takes nothing over.
const RESET: &[&str] = &["permessage-deflate; server_no_context_takeover; client_max_window_bits"];

pub(super) fn checks() -> Vec<Check> {
    let kept = client().into_iter().chain(apart()).map(|check| check.variant(KEPT_CONTEXT));
    server().into_iter().chain(kept).collect()
}

/// What the server writes.
fn server() -> Vec<Check> {
    vec![
        Check::new(
            "deflate.context-server-reset",
            "a server that promised not to take its context over refers to no earlier message",
            &["deflate.context-of-server"],
            server_reset,
        ),
        Check::new(
            "deflate.context-server-reset-after-fragments",
            "nor after a message in fragments",
            &["deflate.context-of-server"],
            server_reset_after_fragments,
        ),
    ]
}

/// What the server reads, where it keeps the client's context.
fn client() -> Vec<Check> {
    vec![
        Check::new(
            "deflate.context-client-used",
            "a client that may take its context over is understood",
            &["deflate.context-of-client"],
            client_used,
        ),
        Check::new(
            "deflate.context-after-plain-message",
            "a message without compression does not change the contexts",
            &["deflate.context-of-client"],
            after_plain,
        ),
        Check::new(
            "deflate.context-after-control-frames",
            "pings do not change the contexts",
            &["deflate.context-of-client"],
            after_pings,
        ),
        Check::new(
            "deflate.context-after-empty-message",
            "an empty message does not change the contexts",
            &["deflate.context-of-client"],
            after_empty,
        ),
        Check::new(
            "deflate.context-of-two-windows",
            "after more than a window of messages the contexts are still right",
            &["deflate.context-of-client"],
            two_windows,
        ),
    ]
}

/// Whose contexts they are, whatever is kept of them.
fn apart() -> Vec<Check> {
    vec![
        Check::new(
            "deflate.context-before-the-beginning",
            "a reference to before the first message fails the connection",
            &["deflate.malformed"],
            before_beginning,
        ),
        Check::new(
            "deflate.context-not-anothers",
            "a reference to nothing gives no octets of another connection",
            &["deflate.contexts-apart"],
            never_anothers,
        ),
        Check::new(
            "deflate.context-of-connections",
            "two connections at the same time have contexts of their own",
            &["deflate.contexts-apart"],
            connections_apart,
        ),
    ]
}

/// The same message again and again: each is whole in itself.
async fn server_reset(cx: Context) -> Step {
    let mut connection = open(&cx, RESET).await?;
    for _ in 0..4 {
        connection.echo(&cx, &Corpus::Prose.message(2_001, 0)).await?;
    }
    Ok(())
}

async fn server_reset_after_fragments(cx: Context) -> Step {
    let mut connection = open(&cx, RESET).await?;
    let message = Corpus::Prose.message(2_002, 0);
    for fragment in [Some(100), None, Some(1), None] {
        connection.send(&message, fragment).await;
        connection.expect_echo(&message, patience(&cx)).await?;
    }
    Ok(())
}

/// A connection whose client's context is kept; not applicable where the target asks for none.
async fn open_kept(cx: &Context, style: Style) -> Step<Connection> {
    let connection = open_as(cx, USUAL, style).await?;
    if connection.agreement.client_no_context_takeover {
        return Err(cx.declined(KEPT_CONTEXT, "the target answers client_no_context_takeover"));
    }
    Ok(connection)
}

/// With a context, as agreed, the second message is hardly more than references to the first.
async fn client_used(cx: Context) -> Step {
    let mut connection = open_kept(&cx, Style::Usual).await?;
    for number in 0..4 {
        connection.echo(&cx, &Corpus::Telemetry.message(2_003, number)).await?;
    }
    Ok(())
}

async fn after_plain(cx: Context) -> Step {
    let mut connection = open_kept(&cx, Style::Usual).await?;
    let message = Corpus::Telemetry.message(2_004, 0);
    connection.echo(&cx, &message).await?;
    let plain = Message::Text("not compressed, and no part of any context".to_owned());
    connection.peer.send_frame(plain.to_frame()).await;
    connection.expect_echo(&plain, patience(&cx)).await?;
    connection.echo(&cx, &message).await.map(drop)
}

async fn after_pings(cx: Context) -> Step {
    let mut connection = open_kept(&cx, Style::Usual).await?;
    let message = Corpus::Telemetry.message(2_005, 0);
    connection.echo(&cx, &message).await?;
    connection.peer.send_frame(Frame::ping("between")).await;
    connection.peer.expect_pong(b"between", patience(&cx)).await?;
    connection.echo(&cx, &message).await.map(drop)
}

async fn after_empty(cx: Context) -> Step {
    let mut connection = open_kept(&cx, Style::Usual).await?;
    let message = Corpus::Telemetry.message(2_006, 0);
    connection.echo(&cx, &message).await?;
    connection.echo(&cx, &Message::Text(String::new())).await?;
    connection.echo(&cx, &message).await.map(drop)
}

async fn two_windows(cx: Context) -> Step {
    let mut connection = open_kept(&cx, Style::Fixed).await?;
    for number in 0..6 {
        connection.echo(&cx, &Corpus::Prose.message(12_007, number)).await?;
    }
    Ok(())
}

/// The first message of a connection refers to what was never sent.
async fn before_beginning(cx: Context) -> Step {
    let mut connection = open(&cx, USUAL).await?;
    connection.peer.send_frame(reference_to_before()).await;
    connection.expect_refused(&cx, "a reference to before the first message", &[]).await
}

/// A message that refers to 300 octets before its beginning.
fn reference_to_before() -> Frame {
    let mut bits = BitWriter::default();
    fixed_block(&mut bits, false, &[Token::Literal(b'!'), Token::Copy { length: 40, distance: 300 }]);
    bits.end_message();
    Frame::text(bits.finish()).rsv(COMPRESSED)
}

/// What another connection sent must not come out of a reference to nothing.
async fn never_anothers(cx: Context) -> Step {
    let mut other = open(&cx, USUAL).await?;
    other.echo(&cx, &Corpus::Prose.message(4_008, 5)).await?;
    let mut connection = open(&cx, USUAL).await?;
    connection.peer.send_frame(reference_to_before()).await;
    connection.expect_refused(&cx, "a reference to another connection's message", &[]).await?;
    other.echo(&cx, &Corpus::Prose.message(4_008, 6)).await.map(drop)
}

/// Messages of two connections, alternating.
async fn connections_apart(cx: Context) -> Step {
    let mut first = open(&cx, USUAL).await?;
    let mut second = open(&cx, USUAL).await?;
    for number in 0..3 {
        first.echo(&cx, &Corpus::Telemetry.message(2_009, number)).await?;
        second.echo(&cx, &Corpus::Prose.message(2_009, number)).await?;
    }
    Ok(())
}
