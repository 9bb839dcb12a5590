//! Where the system under load is.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use http::Uri;
use tokio::net::TcpStream;

use crate::client::Stream;
use crate::error::LoadError;
use crate::trust::{Tls, Trust};

/// Makes the connections of a target that is not reached by TCP.
#[cfg(test)]
pub(crate) type Dialer = std::sync::Arc<dyn Fn() -> Stream + Send + Sync>;

/// The address of the system under load, resolved once.
#[derive(Clone)]
pub struct Target {
    name: String,
    authority: String,
    prefix: String,
    address: SocketAddr,
    tls: Option<Tls>,
    trust: Trust,
    pid: WatchedProcess,
    doors: Doors,
    #[cfg(test)]
    dialer: Option<Dialer>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("name", &self.name)
            .field("authority", &self.authority)
            .field("prefix", &self.prefix)
            .field("address", &self.address)
            .field("pid", &self.pid)
            .field("doors", &self.doors)
            .finish_non_exhaustive()
    }
}

/// The process of the target: another one after it was started anew. Clones are the same cell.
#[derive(Debug, Clone, Default)]
pub struct WatchedProcess(Arc<AtomicU32>);

impl WatchedProcess {
    /// From now on it is `pid`; `None` while there is none.
    pub fn is_now(&self, pid: Option<u32>) {
        self.0.store(pid.unwrap_or_default(), Relaxed);
    }

    /// Its id, while there is one.
    pub fn get(&self) -> Option<u32> {
        Some(self.0.load(Relaxed)).filter(|pid| *pid != 0)
    }
}

/// Paths of the doors a session uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doors {
    /// Query door.
    pub query: String,
    /// Progress door; `{session_id}` stands for the session.
    pub progress: String,
}

impl Default for Doors {
    fn default() -> Self {
        Self { query: "/ws/query".to_owned(), progress: "/ws/progress/{session_id}".to_owned() }
    }
}

impl Target {
    /// Parses and resolves `url`, such as `http://127.0.0.1:8080` or `https://example.org`. `ws://` is taken for
    /// `http://`, `wss://` for `https://`; certificates are judged as this system does.
    ///
    /// # Errors
    /// The URL has no host, another scheme, or a name that can't be resolved.
    pub async fn resolve(url: &str) -> Result<Self, LoadError> {
        Self::trusting(url, &Trust::System).await
    }

    /// The same with an own view of whose certificates are good.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve), and authorities that can't be read.
    pub async fn trusting(url: &str, trust: &Trust) -> Result<Self, LoadError> {
        let refuse =
            |message: &str| LoadError::Address { address: url.to_owned(), message: message.to_owned() };
        let uri: Uri = url.parse().map_err(|_| refuse("not a URL such as http://127.0.0.1:8080"))?;
        let secure = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return Err(refuse("not a URL such as http://127.0.0.1:8080")),
        };
        let host = uri.host().ok_or_else(|| refuse("it has no host"))?;
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let tls = secure.then(|| Tls::new(bare, trust)).transpose().map_err(|message| refuse(&message))?;
        let mut addresses = tokio::net::lookup_host((bare, port)).await.map_err(|error| {
            LoadError::Unreachable { address: url.to_owned(), message: error.to_string() }
        })?;
        let address = addresses.next().ok_or_else(|| refuse("its name has no address"))?;
        Ok(Self {
            name: url.to_owned(),
            authority: format!("{host}:{port}"),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            address,
            tls,
            trust: trust.clone(),
            pid: WatchedProcess::default(),
            doors: Doors::default(),
            #[cfg(test)]
            dialer: None,
        })
    }

    /// A target reached by `dialer` alone.
    #[cfg(test)]
    pub(crate) async fn dialed(dialer: Dialer) -> Self {
        let mut target = Self::resolve("http://127.0.0.1:1").await.expect("an address");
        target.dialer = Some(dialer);
        target
    }

    /// Connects.
    pub(crate) async fn dial(&self) -> io::Result<Stream> {
        #[cfg(test)]
        if let Some(dialer) = &self.dialer {
            return Ok(dialer());
        }
        let stream = TcpStream::connect(self.address).await?;
        // A connection may live without it.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => Ok(Stream::Tcp(stream)),
            Some(tls) => Ok(Stream::Tls(Box::new(tls.connect(stream).await?))),
        }
    }

    /// The name that stands in reports; the URL unless set.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The process whose memory, CPU and open files are watched.
    #[must_use]
    pub fn with_pid(self, pid: Option<u32>) -> Self {
        self.pid.is_now(pid);
        self
    }

    /// Other paths for the doors.
    #[must_use]
    pub fn with_doors(mut self, doors: Doors) -> Self {
        self.doors = doors;
        self
    }

    /// The name that stands in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Host and port, as in the `Host` header.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whose certificates are good, where TLS is spoken.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Where to connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process to watch.
    pub fn pid(&self) -> Option<u32> {
        self.pid.get()
    }

    /// The same, for who starts the target anew in mid-run.
    pub fn process(&self) -> WatchedProcess {
        self.pid.clone()
    }

    /// `path` below the target's URL.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Path of the query door.
    pub fn query_door(&self) -> String {
        self.path(&self.doors.query)
    }

    /// Path of the progress door of `session`.
    pub fn progress_door(&self, session: &str) -> String {
        self.path(&self.doors.progress.replace("{session_id}", session))
    }
}
