//! Echo: every message goes back as it came, until one side closes.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::Event;
use crate::connection::{Socket, close_code, open};
use crate::deflate::Offer;
use crate::lengths::Broken;
use crate::mistake::Mistake;

/// Time for the other side to end after a close.
const LINGER: Duration = Duration::from_secs(3);

/// Time for each step of the opening, and the least there is of it however times are scaled.
const OPENING: Duration = Duration::from_secs(10);
const LEAST_OPENING: Duration = Duration::from_secs(2);

/// Connects to `url` and echoes until the server closes, or `leave` says that the user does. Its own times are
/// multiplied by `scale`.
pub(crate) async fn echo(
    url: &str,
    offer: Option<Offer>,
    scale: f64,
    mistake: Option<Mistake>,
    leave: &mut mpsc::Receiver<()>,
    tell: impl Fn(Event),
) {
    let patience = OPENING.mul_f64(scale).max(LEAST_OPENING);
    let mut socket = match open(url, None, offer, patience, mistake).await {
        Ok(socket) => socket,
        Err(error) => {
            tell(Event::Closed { code: 1006, reason: error.to_line(), retry: false });
            return;
        }
    };
    tell(Event::Open { session_id: String::new() });
    let (mut code, mut reason) = (1006, String::new());
    let mut left = false;
    loop {
        let next = tokio::select! {
            next = socket.next() => next,
            Some(()) = leave.recv(), if !left => {
                left = true;
                let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
                // A connection that is gone shows itself at the next reading.
                let _ = socket.close(Some(frame)).await;
                continue;
            }
            () = tokio::time::sleep(LINGER), if left => None,
        };
        match next {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) if !left => {
                if socket.send(message).await.is_err() {
                    break;
                }
            }
            Some(Ok(Message::Close(frame))) => {
                if let Some(frame) = frame {
                    (code, reason) = (close_code(&socket, &frame), frame.reason.to_string());
                } else {
                    code = 1005;
                }
                finish(&mut socket).await;
                break;
            }
            Some(Ok(_)) => {}
            Some(Err(_)) if mistake == Some(Mistake::HidesLoss) => std::future::pending().await,
            Some(Err(error)) => {
                fail(&mut socket, &error).await;
                reason = error.to_string();
                break;
            }
            None => break,
        }
    }
    tell(Event::Closed { code, reason, retry: false });
}

/// Lets the answer to a close go out, and waits for the server's end.
pub(crate) async fn finish(socket: &mut Socket) {
    let _ = timeout(LINGER, async { while let Some(Ok(_)) = socket.next().await {} }).await;
}

/// Names a violation to the server before the connection is failed (RFC 6455, section 7.1.7).
pub(crate) async fn fail(socket: &mut Socket, error: &Error) {
    let code = match error {
        Error::Protocol(_) => CloseCode::Protocol,
        Error::Utf8(_) => CloseCode::Invalid,
        Error::Capacity(_) => CloseCode::Size,
        Error::Io(error) if is_no_text(error) => CloseCode::Invalid,
        Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => CloseCode::Protocol,
        Error::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => CloseCode::Size,
        _ => return,
    };
    let frame = CloseFrame { code, reason: "".into() };
    let _ = timeout(LINGER, socket.close(Some(frame))).await;
}

/// True for text that was found not to be UTF-8 before the library saw it.
fn is_no_text(error: &std::io::Error) -> bool {
    let broken = error.get_ref().and_then(|cause| cause.downcast_ref::<Broken>());
    broken == Some(&Broken::Text)
}
