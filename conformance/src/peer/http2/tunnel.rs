//! Opened streams as sockets: a task carries octets between them and the connection.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::connection::{
    DATA, FIRST_FLAG, Frame, GOAWAY, Http2, Http2Fault, INITIAL_WINDOW, MAX_FRAME, RST_STREAM, WINDOW_UPDATE,
};

/// Octets of one stream on their way out; none at its end.
type Outgoing = (u32, Vec<u8>);

impl Http2 {
    /// Gives each of these streams a socket. The connection lives as long as one of them.
    pub async fn tunnels(self, streams: &[u32]) -> std::io::Result<Vec<TcpStream>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut sockets = Vec::new();
        let mut pump = Pump { http2: self, inward: BTreeMap::new(), waiting: None };
        let (sender, outgoing) = mpsc::channel(4);
        let mut readers = JoinSet::new();
        for stream in streams {
            let theirs = TcpStream::connect(listener.local_addr()?).await?;
            let (ours, _) = listener.accept().await?;
            let (mut read, write) = ours.into_split();
            let (stream, sender) = (*stream, sender.clone());
            pump.inward.insert(stream, write);
            readers.spawn(async move {
                let mut chunk = vec![0; MAX_FRAME];
                loop {
                    // An end and an error are the same here: nothing more goes out.
                    let size = read.read(&mut chunk).await.unwrap_or(0);
                    if sender.send((stream, chunk[..size].to_vec())).await.is_err() || size == 0 {
                        return;
                    }
                }
            });
            sockets.push(theirs);
        }
        tokio::spawn(async move {
            let _readers = readers;
            // However it ends, the sockets end with it.
            let _ = pump.run(outgoing).await;
        });
        Ok(sockets)
    }
}

struct Pump {
    http2: Http2,
    inward: BTreeMap<u32, OwnedWriteHalf>,
    /// What does not fit into a window.
    waiting: Option<Outgoing>,
}

impl Pump {
    async fn run(&mut self, mut outgoing: mpsc::Receiver<Outgoing>) -> Result<(), Http2Fault> {
        loop {
            while let Some(frame) = Frame::take(&mut self.http2.buffer)? {
                self.take(frame).await?;
            }
            if let Some(waiting) = self.waiting.take() {
                self.send(waiting).await?;
            }
            if self.inward.is_empty() {
                return Ok(());
            }
            self.http2.buffer.reserve(MAX_FRAME);
            tokio::select! {
                read = self.http2.stream.read_buf(&mut self.http2.buffer) => match read {
                    Ok(0) | Err(_) => return Err(Http2Fault::Ended),
                    Ok(_) => {}
                },
                Some(octets) = outgoing.recv(), if self.waiting.is_none() => self.send(octets).await?,
            }
        }
    }

    /// Sends what the windows let through; the rest waits.
    async fn send(&mut self, (stream, octets): Outgoing) -> Result<(), Http2Fault> {
        if octets.is_empty() {
            return self.http2.write(&Frame::new(DATA, FIRST_FLAG, stream, &[]).encode()).await;
        }
        let initial = i64::from(self.http2.setting(INITIAL_WINDOW).unwrap_or(65_535));
        let window = self.http2.windows.entry(stream).or_default();
        let room = (initial + *window).min(self.http2.window).clamp(0, octets.len() as i64);
        *window -= room;
        self.http2.window -= room;
        let (now, later) = octets.split_at(room as usize);
        if !later.is_empty() {
            self.waiting = Some((stream, later.to_vec()));
        }
        if now.is_empty() {
            return Ok(());
        }
        self.http2.write(&Frame::new(DATA, 0, stream, now).encode()).await
    }

    async fn take(&mut self, frame: Frame) -> Result<(), Http2Fault> {
        if let Some(answer) = self.http2.housekeeping(&frame) {
            self.http2.write(&answer.encode()).await?;
        }
        let ends = frame.kind == RST_STREAM || (frame.kind == DATA && frame.flags & FIRST_FLAG != 0);
        if frame.kind == DATA && !frame.payload.is_empty() {
            if let Some(inward) = self.inward.get_mut(&frame.stream) {
                // A socket that nobody reads any more ends at its other half.
                let _ = inward.write_all(frame.content()).await;
            }
            let taken = (frame.payload.len() as u32).to_be_bytes();
            for stream in [0, frame.stream] {
                self.http2.write(&Frame::new(WINDOW_UPDATE, 0, stream, &taken).encode()).await?;
            }
        }
        if ends && let Some(mut inward) = self.inward.remove(&frame.stream) {
            let _ = inward.shutdown().await;
        }
        if frame.kind == GOAWAY {
            self.http2.note(crate::peer::Direction::Received, "GOAWAY");
        }
        Ok(())
    }
}
