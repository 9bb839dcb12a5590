//! TLS of a listener: certificate and key from files, read again at every reload.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::config;

/// Why TLS can't be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Only one of the two files is configured.
    #[error("configuration keys tls.certificate and tls.key belong together: {missing} is missing")]
    Incomplete {
        /// The key that is missing.
        missing: &'static str,
    },
    /// A file can't be read, or holds something else.
    #[error("{kind} {path} can't be read")]
    File {
        /// What it should hold.
        kind: &'static str,
        /// The file.
        path: PathBuf,
        /// What was wrong with it.
        source: pem::Error,
    },
    /// There is no certificate in the file.
    #[error("{path} holds no certificate")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key don't fit each other, or can't be used.
    #[error("certificate {certificate} and key {key} can't be used")]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What was wrong with them.
        source: rustls::Error,
    },
}

/// Accepts TLS connections with the certificate that was read last.
pub struct TlsAcceptor {
    certificate: PathBuf,
    key: PathBuf,
    http2: bool,
    current: ArcSwap<ServerConfig>,
}

impl TlsAcceptor {
    /// Reads certificate and key; `None` where neither is configured.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn new(tls: &config::Tls, http2: bool) -> Result<Option<Self>, TlsError> {
        let (certificate, key) = match (&tls.certificate, &tls.key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            (Some(_), None) => return Err(TlsError::Incomplete { missing: "tls.key" }),
            (None, Some(_)) => return Err(TlsError::Incomplete { missing: "tls.certificate" }),
        };
        let current = ArcSwap::from_pointee(read(&certificate, &key, http2)?);
        Ok(Some(Self { certificate, key, http2, current }))
    }

    /// Reads certificate and key again, for the connections that come from now on.
    ///
    /// # Errors
    /// [`TlsError`]; those that were read before stay in use then.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.store(Arc::new(read(&self.certificate, &self.key, self.http2)?));
        Ok(())
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        tokio_rustls::TlsAcceptor::from(self.current.load_full()).accept(stream).await
    }
}

impl std::fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsAcceptor").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

fn read(certificate: &Path, key: &Path, http2: bool) -> Result<ServerConfig, TlsError> {
    let file = |kind, path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::File { kind, path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(file("certificate", certificate))?;
    if chain.is_empty() {
        return Err(TlsError::Empty { path: certificate.to_owned() });
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(file("key", key))?;
    let unusable =
        |source| TlsError::Unusable { certificate: certificate.to_owned(), key: key.to_owned(), source };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(unusable)?;
    if http2 {
        config.alpn_protocols.push(b"h2".to_vec());
    }
    config.alpn_protocols.push(b"http/1.1".to_vec());
    Ok(config)
}
