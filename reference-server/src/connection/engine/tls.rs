//! A TLS stream that can be tried without waiting, by shared reference.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use rustls::ServerConnection;
use tokio::net::TcpStream;

use super::transport::Transport;

/// Plain bytes that become one record.
const RECORD: usize = 16 * 1024;

/// A stream after its TLS handshake, server side.
pub struct TlsStream {
    tcp: TcpStream,
    state: Mutex<State>,
}

struct State {
    session: ServerConnection,
    /// Plain bytes that are encrypted already but not yet told to be written: their record waits for the
    /// socket. Whoever was refused comes again with the same bytes, and is told then.
    owed: usize,
}

impl TlsStream {
    /// Takes over a stream whose handshake is done.
    #[must_use]
    pub fn new(tcp: TcpStream, session: ServerConnection) -> Self {
        Self { tcp, state: Mutex::new(State { session, owed: 0 }) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").field("tcp", &self.tcp).finish_non_exhaustive()
    }
}

/// The socket as the TLS layer reads and writes it.
struct Raw<'a>(&'a TcpStream);

impl io::Read for Raw<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Transport::try_read(self.0, buffer)
    }
}

impl io::Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl State {
    /// Writes the records that wait.
    fn flush(&mut self, tcp: &TcpStream) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut Raw(tcp)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn read(&mut self, tcp: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // The peer ended the stream without saying so first. Frames have ends of their own.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                read => return read,
            }
            if self.session.read_tls(&mut Raw(tcp))? == 0 {
                return Ok(0);
            }
            let processed = self.session.process_new_packets();
            // What the layer itself has to say, such as a new key or why it ends; it waits for the next write
            // where the socket is full.
            let _ = self.flush(tcp);
            processed.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }

    fn write(&mut self, tcp: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        self.flush(tcp)?;
        if self.owed == 0 {
            let record = &bytes[..bytes.len().min(RECORD)];
            self.owed = self.session.writer().write(record)?;
            self.flush(tcp)?;
        }
        Ok(std::mem::take(&mut self.owed).min(bytes.len()))
    }

    fn end(&mut self, tcp: &TcpStream) {
        self.session.send_close_notify();
        let _ = self.flush(tcp);
    }
}

impl Transport for TlsStream {
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A try that finds no plain bytes goes on to the socket, so its readiness is what counts; plain bytes
        // that are left over from the last try are asked for first.
        if has_plain(&mut self.lock().session) {
            return Poll::Ready(Ok(()));
        }
        self.tcp.poll_read_ready(cx)
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp.poll_write_ready(cx)
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.lock().read(&self.tcp, buffer)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(&self.tcp, bytes)
    }

    fn shutdown_write(&self) {
        self.lock().end(&self.tcp);
        self.tcp.shutdown_write();
    }

    fn shutdown_both(&self) {
        self.lock().end(&self.tcp);
        self.tcp.shutdown_both();
    }
}

/// Whether decrypted bytes, or the end of them, can be read without the socket.
fn has_plain(session: &mut ServerConnection) -> bool {
    use std::io::BufRead as _;
    !matches!(session.reader().fill_buf(), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
