//! The seam between the doors and what lives behind them.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;

use super::{Doors, Opening};
use crate::connection::engine::Socket;

/// Body of an answer: whole or streamed.
pub type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// What answers requests and lives on connections.
pub trait Service: Send + Sync + 'static {
    /// The doors it has.
    fn doors(&self) -> &Doors;

    /// Answers any request that isn't a WebSocket upgrade on a door.
    fn http(
        self: Arc<Self>,
        request: Request<hyper::body::Incoming>,
        peer: SocketAddr,
    ) -> impl Future<Output = Response<Body>> + Send;

    /// Called with a well-formed upgrade, before the 101. Reserves nothing: a client that is gone by then never
    /// becomes a connection. What was found out of it is kept in the opening.
    ///
    /// # Errors
    /// The answer to give instead of the upgrade, such as 503 with `Retry-After` while draining.
    fn admit(&self, opening: &mut Opening) -> Result<(), Box<Response<Body>>>;

    /// Lives the whole life of one connection, in a fresh task.
    fn connection(self: Arc<Self>, opening: Opening, socket: Socket) -> impl Future<Output = ()> + Send;
}
