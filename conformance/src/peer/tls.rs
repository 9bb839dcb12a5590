//! TLS from the client's side: whom the peer trusts, and what it offers to speak.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Whose certificates are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those of the authorities this system trusts.
    System,
    /// Those of the authorities in this PEM text.
    Authorities(String),
    /// Any.
    Anybody,
}

/// How TLS is spoken with a target.
#[derive(Clone)]
pub struct Tls {
    trust: Trust,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).field("trust", &self.trust).finish_non_exhaustive()
    }
}

impl PartialEq for Tls {
    fn eq(&self, other: &Self) -> bool {
        self.trust == other.trust && self.name == other.name
    }
}

/// Why TLS can't be spoken with a target.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// The host of the URL is neither a name nor an address.
    #[error("{0:?} is no name a certificate could have")]
    Name(String),
    /// There is no certificate of an authority to trust.
    #[error("no certificate of an authority can be read: {0}")]
    Authorities(String),
    /// The library refuses the settings.
    #[error("these settings of TLS can't be used")]
    Settings(#[from] rustls::Error),
}

impl Tls {
    /// TLS with `host`, offering HTTP/1.1.
    pub fn new(host: &str, trust: Trust) -> Result<Self, TlsFault> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsFault::Name(host.to_owned()))?;
        let config = config(&trust, rustls::DEFAULT_VERSIONS, &[b"http/1.1"])?;
        Ok(Self { trust, name, config: Arc::new(config) })
    }

    /// The same with an offer of these application protocols, none when it is empty.
    pub fn offering(&self, protocols: &[&[u8]]) -> Result<Self, TlsFault> {
        let config = config(&self.trust, rustls::DEFAULT_VERSIONS, protocols)?;
        Ok(Self { config: Arc::new(config), ..self.clone() })
    }

    /// The same with another name asked for, in the greeting and of the certificate.
    pub fn named(&self, host: &str) -> Result<Self, TlsFault> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsFault::Name(host.to_owned()))?;
        Ok(Self { name, ..self.clone() })
    }

    /// The same with one version of TLS.
    pub fn speaking(&self, version: &'static SupportedProtocolVersion) -> Result<Self, TlsFault> {
        let config = config(&self.trust, &[version], &[b"http/1.1"])?;
        Ok(Self { config: Arc::new(config), ..self.clone() })
    }

    /// Whose certificates are good.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        TlsConnector::from(Arc::clone(&self.config)).connect(self.name.clone(), stream).await
    }
}

fn config(
    trust: &Trust,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> Result<ClientConfig, TlsFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
    let mut config = match trust {
        Trust::Anybody => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
            .with_no_client_auth(),
        Trust::System => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            builder.with_root_certificates(roots).with_no_client_auth()
        }
        Trust::Authorities(text) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
                let certificate = certificate.map_err(|error| TlsFault::Authorities(error.to_string()))?;
                roots.add(certificate)?;
            }
            if roots.is_empty() {
                return Err(TlsFault::Authorities("the file holds none".to_owned()));
            }
            builder.with_root_certificates(roots).with_no_client_auth()
        }
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

/// Takes any certificate; signatures are still checked, so that the target must hold its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
