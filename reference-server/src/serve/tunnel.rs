//! A WebSocket on a stream of HTTP/2 (RFC 8441): the stream is carried to a socket that connections live on.

use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::sync::mpsc::UnboundedSender;

use super::hall::Arrival;
use super::http::HttpOptions;
use super::http2::{Activity, Streams};
use crate::connection::engine::{Socket, Stream};
use crate::doors::Opening;

/// What it takes to open streams of one connection.
#[derive(Clone)]
pub(super) struct Tunnels {
    /// Where opened connections go.
    pub(super) arrivals: UnboundedSender<Arrival>,
    /// The tasks of the connection, which end with it.
    pub(super) streams: Streams,
    /// Keeps the connection from being idle.
    pub(super) activity: Arc<Activity>,
}

impl Tunnels {
    /// Lets `opening` live on the stream that `upgrade` gives as soon as the answer is sent.
    ///
    /// # Errors
    /// The system has no pair of sockets left.
    pub(super) fn open(
        &self,
        upgrade: OnUpgrade,
        opening: Opening,
        options: Arc<HttpOptions>,
    ) -> std::io::Result<()> {
        let (mut ours, theirs) = UnixStream::pair()?;
        let (running, arrivals) = (self.activity.begin(), self.arrivals.clone());
        hyper::rt::Executor::execute(&self.streams, async move {
            let _running = running;
            let Ok(upgraded) = upgrade.await else { return };
            let socket = Socket::new(Stream::Tunnel(theirs), &[], &options.socket_behind(&opening));
            if arrivals.send(Arrival { opening, socket }).is_err() {
                return;
            }
            // a stream that is reset, or a connection that breaks, ends the socket by being dropped
            let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(upgraded), &mut ours).await;
        });
        Ok(())
    }
}
