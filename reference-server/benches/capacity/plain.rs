//! A plain tokio-tungstenite server that does the same: echo, and fan-out through a mailbox per connection.

use std::io::BufRead as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::child::say;

type Mailboxes = Arc<Mutex<Vec<UnboundedSender<Utf8Bytes>>>>;

/// Serves, and does what the lines of standard input say.
pub(crate) fn run() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mailboxes = Mailboxes::default();
    let served = Arc::clone(&mailboxes);
    runtime.spawn(async move {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        say(&listener.local_addr().unwrap().to_string());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(connection(stream, Arc::clone(&served)));
        }
    });
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match line.split_once(' ') {
            Some(("publish", rounds)) => {
                for _ in 0..rounds.parse().unwrap() {
                    let text = Utf8Bytes::from("x".repeat(1_024));
                    mailboxes.lock().unwrap().retain(|mailbox| mailbox.send(text.clone()).is_ok());
                }
            }
            Some(("sessions", _)) => {}
            other => panic!("unknown line {other:?}"),
        }
        say("done");
    }
}

async fn connection(stream: TcpStream, mailboxes: Mailboxes) {
    stream.set_nodelay(true).unwrap();
    let config = WebSocketConfig::default().read_buffer_size(512).write_buffer_size(0);
    let Ok(mut socket) = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await else {
        return;
    };
    let mut mailbox = mailbox(&mailboxes);
    loop {
        let message = tokio::select! {
            message = socket.next() => match message {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => message,
                Some(Ok(_)) => continue,
                _ => return,
            },
            Some(text) = mailbox.recv() => Message::Text(text),
        };
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

fn mailbox(mailboxes: &Mailboxes) -> UnboundedReceiver<Utf8Bytes> {
    let (sender, receiver) = unbounded_channel();
    mailboxes.lock().unwrap().push(sender);
    receiver
}
