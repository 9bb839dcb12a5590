//! A foreign server, hand-written over std TCP: it answers `GET /health`, and what it does with an upgrade
//! is the test's choice.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use conformance::Target;
use conformance::peer::{Frame, Opcode, Request, Response, Splitter, accept_value};

/// What it does with an upgrade.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    /// What RFC 6455 and the protocol ask for: 101, `connection_established`, pongs.
    Honest,
    /// Silence.
    Hangs,
    /// Header fields without an end.
    EndlessHead,
    /// Bytes that are no HTTP.
    Garbage,
    /// 101 and masked frames.
    Masks,
    /// WebSocket alone: a plain request is dropped without an answer; text and binary come back.
    Echoes,
    /// 101, and then nothing at all.
    Mute,
    /// No door that echoes: 404.
    NoDoor,
    /// As honest, and gone for good after so many connections.
    DiesAfter(usize),
}

/// A running server; it ends with this value.
pub(crate) struct Foreign {
    pub(crate) target: Target,
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Foreign {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let (flag, seen) = (Arc::clone(&ended), AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let count = seen.fetch_add(1, Ordering::Relaxed);
                let dead = matches!(manner, Manner::DiesAfter(limit) if count >= limit);
                if dead || flag.load(Ordering::Relaxed) {
                    return;
                }
                // A client that goes away is no trouble of the server.
                std::thread::spawn(move || drop(serve(stream, manner)));
            }
        });
        let target = Target::from_url(&format!("http://{address}")).unwrap();
        Self { target, address, ended }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

fn serve(mut stream: TcpStream, manner: Manner) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk)? {
            0 => return Ok(()),
            size => bytes.extend_from_slice(&chunk[..size]),
        }
    };
    let Some(request) = Request::parse(&bytes[..end]) else {
        return stream.write_all(&Response::new(400, "Bad Request", "").encode());
    };
    if manner == Manner::NoDoor {
        return stream.write_all(&Response::new(404, "Not Found", "").encode());
    }
    if request.field("Upgrade").is_none() && manner == Manner::Echoes {
        return Ok(());
    }
    if request.field("Upgrade").is_none() {
        return stream.write_all(&Response::new(200, "OK", "{}").encode());
    }
    match manner {
        Manner::Hangs => wait(stream),
        Manner::Garbage => stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n"),
        Manner::EndlessHead => loop {
            stream.write_all(b"X-More: and more and more and more\r\n")?;
        },
        Manner::Honest
        | Manner::Masks
        | Manner::Echoes
        | Manner::Mute
        | Manner::NoDoor
        | Manner::DiesAfter(_) => {
            let key = request.field("Sec-WebSocket-Key").unwrap_or_default();
            let mut response = Response::new(101, "Switching Protocols", "");
            response.headers.clear();
            response.set_field("Upgrade", Some("websocket"));
            response.set_field("Connection", Some("Upgrade"));
            response.set_field("Sec-WebSocket-Accept", Some(&accept_value(key)));
            stream.write_all(&response.encode())?;
            if manner == Manner::Mute { wait(stream) } else { talk(stream, &bytes[end..], manner) }
        }
    }
}

fn wait(mut stream: TcpStream) -> std::io::Result<()> {
    let mut chunk = [0; 1024];
    while stream.read(&mut chunk)? > 0 {}
    Ok(())
}

fn talk(mut stream: TcpStream, first: &[u8], manner: Manner) -> std::io::Result<()> {
    let established = Frame::text(&br#"{"type":"connection_established","client_id":"c-1"}"#[..]);
    let masked = manner == Manner::Masks;
    let echoes = manner == Manner::Echoes;
    if !echoes {
        stream.write_all(&if masked { established.masked([9; 4]) } else { established }.encode())?;
    }
    let mut splitter = Splitter::new(1 << 20);
    splitter.push(first);
    let mut chunk = [0; 1024];
    loop {
        while let Ok(Some(raw)) = splitter.next_frame() {
            match raw.frame.opcode {
                Opcode::Ping => stream.write_all(&Frame::pong(raw.frame.payload).encode())?,
                Opcode::Close => {
                    return stream.write_all(&Frame::new(Opcode::Close, raw.frame.payload).encode());
                }
                Opcode::Text | Opcode::Binary if echoes => {
                    stream.write_all(&Frame::new(raw.frame.opcode, raw.frame.payload).encode())?;
                }
                _ => {}
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(()),
            size => splitter.push(&chunk[..size]),
        }
    }
}
