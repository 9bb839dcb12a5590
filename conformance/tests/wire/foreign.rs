//! A foreign server, hand-written over std TCP: it answers `GET /health`, and what it does with an upgrade
//! is the test's choice.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use conformance::Target;
use conformance::peer::{Frame, Opcode, Request, Response, Splitter, accept_value};

/// What it does with an upgrade.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    /// What RFC 6455 and the protocol ask for: 101, `connection_established`, pongs.
    Honest,
    /// Silence.
    Hangs,
    /// Silence from the start, whatever is asked.
    Silent,
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
    /// It echoes, and its process ends on a frame whose length has the highest of 64 bits set.
    DiesOfLength,
    /// 101 for another key.
    WrongAccept,
    /// 101 without a field, and silence.
    UpgradesToNothing,
    /// It echoes, but announces frames of so many octets and sends none of them.
    Announces(u64),
    /// It echoes, and the connection ends here.
    Ends(Place),
    /// It echoes, and the connection is reset here.
    Resets(Place),
}

/// Where in a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Before a word is said.
    Start,
    /// In the middle of the answer to the upgrade.
    InHead,
    /// Behind that answer.
    BehindHead,
    /// Behind the first octet of the first frame.
    InFrame,
    /// In the middle of its payload.
    InPayload,
    /// Behind that frame.
    BehindFrame,
}

impl Place {
    pub(crate) const ALL: [Self; 6] =
        [Self::Start, Self::InHead, Self::BehindHead, Self::InFrame, Self::InPayload, Self::BehindFrame];
}

/// A running server; it ends with this value.
pub(crate) struct Foreign {
    pub(crate) target: Target,
    process: Arc<Process>,
}

/// What dies together.
struct Process {
    address: SocketAddr,
    ended: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
    /// Held by what listens, as long as it does.
    listens: Mutex<()>,
}

impl Process {
    /// Ends it as an operating system does: nobody listens any more, then every connection ends.
    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
        let _gone = self.listens.lock();
        for connection in self.connections.lock().unwrap().drain(..) {
            // It may have ended before.
            let _ = connection.shutdown(std::net::Shutdown::Both);
        }
    }
}

impl Foreign {
    pub(crate) fn start(manner: Manner) -> Self {
        Self::listening(TcpListener::bind("127.0.0.1:0").unwrap(), manner)
    }

    /// One where another was before.
    pub(crate) fn start_at(address: &str, manner: Manner) -> std::io::Result<Self> {
        Ok(Self::listening(TcpListener::bind(address)?, manner))
    }

    fn listening(listener: TcpListener, manner: Manner) -> Self {
        let address = listener.local_addr().unwrap();
        let process = Arc::new(Process {
            address,
            ended: AtomicBool::default(),
            connections: Mutex::default(),
            listens: Mutex::default(),
        });
        let (ours, (begun, begins)) = (Arc::clone(&process), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            let _listens = ours.listens.lock();
            let _ = begun.send(());
            accept(&listener, manner, &ours);
            // The connections end when nobody listens any more.
            drop(listener);
        });
        begins.recv().unwrap();
        let target = Target::from_url(&format!("http://{address}")).unwrap();
        Self { target, process }
    }
}

fn accept(listener: &TcpListener, manner: Manner, process: &Arc<Process>) {
    let seen = AtomicUsize::new(0);
    for stream in listener.incoming().flatten() {
        let count = seen.fetch_add(1, Ordering::Relaxed);
        let dead = matches!(manner, Manner::DiesAfter(limit) if count >= limit);
        if dead || process.ended.load(Ordering::Relaxed) {
            return;
        }
        if manner == Manner::DiesOfLength {
            process.connections.lock().unwrap().push(stream.try_clone().unwrap());
        }
        let process = Arc::clone(process);
        // A client that goes away is no trouble of the server.
        std::thread::spawn(move || drop(serve(stream, manner, &process)));
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        self.process.ended.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.process.address));
    }
}

/// Ends the connection by a reset: what is unread when a socket is closed makes one.
fn reset(stream: TcpStream) -> std::io::Result<()> {
    stream.peek(&mut [0])?;
    drop(stream);
    Ok(())
}

fn serve(mut stream: TcpStream, manner: Manner, process: &Process) -> std::io::Result<()> {
    match manner {
        Manner::Ends(Place::Start) => return Ok(()),
        Manner::Resets(Place::Start) => return reset(stream),
        Manner::Silent => return wait(stream),
        _ => {}
    }
    let mut bytes = Vec::new();
    // Where the end of the head may begin: heads of many MiB are read too.
    let mut from: usize = 0;
    let end = loop {
        if let Some(at) = bytes[from..].windows(4).position(|window| window == b"\r\n\r\n") {
            break from + at + 4;
        }
        from = bytes.len().saturating_sub(3);
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
        Manner::UpgradesToNothing => {
            stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
            wait(stream)
        }
        _ => {
            let key = request.field("Sec-WebSocket-Key").unwrap_or_default();
            let key = if manner == Manner::WrongAccept { "another key" } else { key };
            let mut response = Response::new(101, "Switching Protocols", "");
            response.headers.clear();
            response.set_field("Upgrade", Some("websocket"));
            response.set_field("Connection", Some("Upgrade"));
            response.set_field("Sec-WebSocket-Accept", Some(&accept_value(key)));
            let head = response.encode();
            let sent = if matches!(manner, Manner::Ends(Place::InHead) | Manner::Resets(Place::InHead)) {
                &head[..head.len() / 2]
            } else {
                &head
            };
            stream.write_all(sent)?;
            match manner {
                Manner::Mute => wait(stream),
                Manner::Ends(Place::InHead | Place::BehindHead) => Ok(()),
                Manner::Resets(Place::InHead | Place::BehindHead) => reset(stream),
                _ => talk(stream, &bytes[end..], manner, process),
            }
        }
    }
}

fn wait(mut stream: TcpStream) -> std::io::Result<()> {
    let mut chunk = [0; 1024];
    while stream.read(&mut chunk)? > 0 {}
    Ok(())
}

fn talk(mut stream: TcpStream, first: &[u8], manner: Manner, process: &Process) -> std::io::Result<()> {
    let established = Frame::text(&br#"{"type":"connection_established","client_id":"c-1"}"#[..]);
    let masked = manner == Manner::Masks;
    let greets = matches!(manner, Manner::Honest | Manner::Masks | Manner::DiesAfter(_));
    if greets {
        stream.write_all(&if masked { established.masked([9; 4]) } else { established }.encode())?;
    }
    let mut splitter = Splitter::new(32 << 20);
    splitter.push(first);
    let mut chunk = [0; 16 * 1024];
    let mut heard = first.to_vec();
    loop {
        if manner == Manner::DiesOfLength && is_too_long(&heard) {
            process.end();
            return Ok(());
        }
        while let Ok(Some(raw)) = splitter.next_frame() {
            let answer = match raw.frame.opcode {
                Opcode::Ping => Frame::pong(raw.frame.payload),
                Opcode::Close => {
                    return stream.write_all(&Frame::new(Opcode::Close, raw.frame.payload).encode());
                }
                Opcode::Text | Opcode::Binary if !greets => Frame::new(raw.frame.opcode, raw.frame.payload),
                _ => continue,
            };
            let octets = answer.encode();
            match manner {
                Manner::Announces(length) => {
                    stream.write_all(&[octets[0], 127])?;
                    stream.write_all(&length.to_be_bytes())?;
                }
                Manner::Ends(place) | Manner::Resets(place) => {
                    let sent = match place {
                        Place::InFrame => 1,
                        Place::InPayload => octets.len() - answer.payload.len().div_ceil(2),
                        _ => octets.len(),
                    };
                    stream.write_all(&octets[..sent])?;
                    return if matches!(manner, Manner::Ends(_)) { Ok(()) } else { reset(stream) };
                }
                _ => stream.write_all(&octets)?,
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(()),
            size => {
                splitter.push(&chunk[..size]);
                heard = chunk[..size].to_vec();
            }
        }
    }
}

/// True when `octets` begin with a frame whose 64 bits of length have the highest one set.
fn is_too_long(octets: &[u8]) -> bool {
    matches!(octets, [_, second, first, ..] if second & 0x7f == 127 && first & 0x80 != 0)
}
