//! The proxy's own TLS: it ends the client's TLS with a good certificate and speaks TLS with the server, so that
//! what is wrong with TLS itself can be shown.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::peer::Stream;
use crate::target::material;

/// How the proxy speaks TLS with clients.
#[derive(Debug, Clone, Copy)]
pub struct Tunnel {
    /// TLS 1.2 is spoken.
    pub tls_1_2: bool,
    /// TLS 1.3 is spoken.
    pub tls_1_3: bool,
    /// Whether `http/1.1` is agreed on when it is offered.
    pub alpn: bool,
    /// Whether `h2` is, in its place.
    pub http2: bool,
    /// A client that offers no protocols is left.
    pub needs_alpn: bool,
    /// Clients without TLS are served too.
    pub plain: bool,
    /// Bytes to a client after which its connection is cut.
    pub cut_after: Option<usize>,
}

impl Default for Tunnel {
    fn default() -> Self {
        Self {
            tls_1_2: true,
            tls_1_3: true,
            alpn: true,
            http2: false,
            needs_alpn: false,
            plain: false,
            cut_after: None,
        }
    }
}

impl Tunnel {
    fn settings(&self) -> Result<ServerConfig, crate::Error> {
        let mut versions = Vec::new();
        versions.extend(self.tls_1_2.then_some(&TLS12));
        versions.extend(self.tls_1_3.then_some(&TLS13));
        let (chain, key) = material::good_certificate()?;
        let refused = |error: rustls::Error| crate::Error::Data(error.to_string());
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&versions)
            .map_err(refused)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(refused)?;
        if self.alpn {
            config.alpn_protocols.push(self.protocol().to_vec());
        }
        Ok(config)
    }

    fn protocol(self) -> &'static [u8] {
        if self.http2 { b"h2" } else { b"http/1.1" }
    }

    /// Carries one connection; how it ends is for the client to judge.
    pub(super) async fn carry(self, client: TcpStream, upstream: &str) -> io::Result<()> {
        let broken = |error: crate::Error| io::Error::other(error.to_string());
        let mut first = [0];
        client.peek(&mut first).await?;
        let tls = material::tls("127.0.0.1").map_err(broken)?;
        let tls = tls.offering(&[self.protocol()]).map_err(io::Error::other)?;
        let server = Stream::connect(upstream, Some(&tls)).await?;
        if self.plain && first != [super::requests::TLS_HANDSHAKE] {
            return self.join(client, server).await;
        }
        let acceptor = TlsAcceptor::from(Arc::new(self.settings().map_err(broken)?));
        let client = acceptor.accept(client).await?;
        if self.needs_alpn && client.get_ref().1.alpn_protocol().is_none() {
            return Ok(());
        }
        self.join(client, server).await
    }

    async fn join<C: AsyncRead + AsyncWrite + Unpin>(self, client: C, server: Stream) -> io::Result<()> {
        let (mut client_read, mut client_write) = tokio::io::split(client);
        let (mut server_read, mut server_write) = tokio::io::split(server);
        let up = async {
            let mut bytes = vec![0; 16 * 1024];
            loop {
                let size = client_read.read(&mut bytes).await?;
                if size == 0 {
                    return Ok(());
                }
                server_write.write_all(&bytes[..size]).await?;
                server_write.flush().await?;
            }
        };
        let down = async {
            let (mut bytes, mut left) = (vec![0; 16 * 1024], self.cut_after.unwrap_or(usize::MAX));
            loop {
                let size = server_read.read(&mut bytes).await?.min(left);
                if size == 0 {
                    return client_write.shutdown().await;
                }
                client_write.write_all(&bytes[..size]).await?;
                client_write.flush().await?;
                left -= size;
            }
        };
        // Whoever ends first ends both.
        tokio::select! {
            ended = up => ended,
            ended = down => ended,
        }
    }
}
