//! Opening a socket.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use crate::address::Address;
use crate::deflate::{Agreement, Deflated, Offer};
use crate::error::ClientError;
use crate::lengths::Strict;
use crate::mistake::Mistake;
use crate::upgrade::upgrade_offering;

/// A socket.
pub(crate) type Socket = WebSocketStream<Deflated<Strict<TcpStream>>>;

/// Door of a URL that names none.
pub(crate) const DOOR: &str = "/ws/query";

/// Connects and upgrades, with an offer of compression if there is one; each step may take `patience`.
pub(crate) async fn open(
    url: &str,
    token: Option<&str>,
    offer: Option<Offer>,
    patience: Duration,
    mistake: Option<Mistake>,
) -> Result<Socket, ClientError> {
    let address = Address::read(url, DOOR)?;
    let mut stream = connect(&address, patience).await?;
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|value| ("Authorization", value.as_str())).collect();
    let authority = address.authority();
    let upgraded = upgrade_offering(&mut stream, &authority, &address.target, &headers, offer);
    let upgraded = timeout(patience, upgraded)
        .await
        .map_err(|_| ClientError::Timeout("answer to the upgrade"))
        .and_then(|upgraded| Ok(upgraded?));
    if upgraded.is_err() && mistake == Some(Mistake::SitsOnRefusals) {
        // The connection stays open, and nobody is told.
        std::future::pending::<()>().await;
    }
    let (early, agreement) = upgraded?;
    let agreement = match mistake {
        Some(Mistake::CompressesUnagreed) => agreement.or(Some(Agreement::largest())),
        _ => agreement,
    };
    let stream = Deflated::new(Strict::new(stream, early, mistake), agreement.as_ref(), mistake);
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, None).await)
}

/// The code of a close frame of the server.
pub(crate) fn close_code(socket: &Socket, frame: &CloseFrame) -> u16 {
    socket.get_ref().beneath().close_code(frame.code.into())
}

/// Connects.
pub(crate) async fn connect(address: &Address, patience: Duration) -> Result<TcpStream, ClientError> {
    let host = address.host.trim_start_matches('[').trim_end_matches(']');
    let stream = timeout(patience, TcpStream::connect((host, address.port)))
        .await
        .map_err(|_| ClientError::Timeout("TCP connection"))?
        .map_err(ClientError::Connect)?;
    // A connection may live without it.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}
