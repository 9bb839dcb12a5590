//! The page over HTTP, while a run lasts.
//!
//! `GET /metrics` and `GET /health`, nothing else. On a loopback address only names of this machine are answered, so
//! that no page in a browser reads the figures through a name of its own that points here.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::Latest;
use super::accept::preferred;
use super::page::{PageFormat, page};

/// Scrapers at one time.
const MOST_CONNECTIONS: usize = 32;

/// Longest time until a request is there, and longest life of a connection without one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The page, to be fetched by scrapers until this is dropped.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    task: JoinHandle<()>,
    last_seen: watch::Receiver<bool>,
}

/// What every request needs.
struct Desk {
    latest: Latest,
    /// The address is one of this machine alone.
    loopback: bool,
    /// Somebody has the page of a run that is over.
    last_seen: watch::Sender<bool>,
}

impl Endpoint {
    /// Listens on `address`, such as `127.0.0.1:9464`, `localhost:0`, or a bare port, which is one of the loopback
    /// address. Shows what is newest in `latest`.
    ///
    /// # Errors
    /// The address is none, or can't be listened on.
    pub async fn bind(address: &str, latest: Latest) -> io::Result<Self> {
        let listener = match address.strip_prefix(':').unwrap_or(address).parse::<u16>() {
            Ok(port) => TcpListener::bind(("127.0.0.1", port)).await?,
            Err(_) => TcpListener::bind(address).await?,
        };
        let address = listener.local_addr()?;
        let (seen, last_seen) = watch::channel(false);
        let desk = Desk { latest, loopback: address.ip().is_loopback(), last_seen: seen };
        Ok(Self { address, task: tokio::spawn(serve(listener, Arc::new(desk))), last_seen })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until somebody has fetched the page of the run that is over, but no longer than `patience`. Without
    /// this, a scraper that comes every fifteen seconds misses the last of them.
    pub async fn linger(&mut self, patience: Duration) {
        // Nobody came, or the endpoint is gone: both end the wait.
        let _ = timeout(patience, self.last_seen.wait_for(|seen| *seen)).await;
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, desk: Arc<Desk>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let desk = Arc::clone(&desk);
                connections.spawn(async move {
                    attend(stream, desk).await;
                    drop(place);
                });
            }
            // No files left, for example: the run goes before the page.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn attend(stream: TcpStream, desk: Arc<Desk>) {
    let last = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        let answer = desk.answer(request.method(), request.uri().path(), request.headers(), &last);
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    // A scraper that goes away or talks nonsense is its own affair.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(16 * 1_024)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if last.load(Relaxed) {
        // Only now: who waits for it ends everything, and the page must have left by then.
        desk.last_seen.send_replace(true);
    }
}

impl Desk {
    /// `last` is set when the answer is the page of a run that is over.
    fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        last: &AtomicBool,
    ) -> Response<Full<Bytes>> {
        if self.loopback && !is_local(headers.get(HOST)) {
            return plain(StatusCode::MISDIRECTED_REQUEST, "ask by the address of this machine\n");
        }
        if !matches!(path, "/metrics" | "/health") {
            return plain(StatusCode::NOT_FOUND, "GET /metrics or /health\n");
        }
        if *method != Method::GET {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return answer;
        }
        match path {
            "/metrics" => self.metrics(headers, last),
            _ => plain(StatusCode::OK, "ok\n"),
        }
    }

    fn metrics(&self, headers: &HeaderMap, last: &AtomicBool) -> Response<Full<Bytes>> {
        // Several headers of one name are one list.
        let accept: Vec<&str> =
            headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let format = preferred(&accept.join(","));
        let snapshot = self.latest.get();
        let over =
            snapshot.as_deref().and_then(|snapshot| snapshot.detail.as_deref()).is_some_and(|d| d.over);
        match page(snapshot, format) {
            Ok(text) => {
                let mut answer = answer(StatusCode::OK, format.content_type(), text);
                last.store(over, Relaxed);
                if over {
                    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                } else {
                    // Another run of the same command has begun.
                    self.last_seen.send_replace(false);
                }
                answer
            }
            Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be written\n"),
        }
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    answer(status, PageFormat::Prometheus.content_type(), text.to_owned())
}

fn answer(status: StatusCode, content_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    answer
}

/// True for an address, and for `localhost`: any other name may be somebody else's that points here.
fn is_local(host: Option<&HeaderValue>) -> bool {
    let Some(Ok(host)) = host.map(HeaderValue::to_str) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::made;
    use crate::options::{Observer, Snapshot};

    /// Asks with `request` and reads to the end.
    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.replace('\n', "\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    fn get(path: &str, more: &str) -> String {
        format!("GET {path} HTTP/1.1\nhost: 127.0.0.1\nconnection: close\n{more}\n")
    }

    fn snapshot(over: bool) -> Snapshot {
        let detail = crate::live::Detail { over, ..made::detail(&made::sound()) };
        Snapshot { phase: "steady", detail: Some(Arc::new(detail)), ..Snapshot::default() }
    }

    #[tokio::test]
    async fn the_page_is_there_in_the_format_that_is_asked_for() {
        let latest = Latest::default();
        let endpoint = Endpoint::bind("127.0.0.1:0", latest.clone()).await.unwrap();
        let open = "accept: application/openmetrics-text; version=1.0.0\n";
        let empty = ask(endpoint.address(), &get("/metrics", open)).await;
        assert!(empty.starts_with("HTTP/1.1 200 OK\r\n") && empty.ends_with("\r\n\r\n# EOF\n"), "{empty}");
        latest.second(&snapshot(false));
        let page = ask(endpoint.address(), &get("/metrics", open)).await;
        assert!(
            page.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n")
        );
        assert!(page.contains("tidegate_load_messages_total{direction=\"sent\"} 10\n"), "{page}");
        assert!(page.ends_with("# EOF\n"));
        let older = ask(endpoint.address(), &get("/metrics", "")).await;
        assert!(older.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{older}");
        assert!(ask(endpoint.address(), &get("/health", "")).await.ends_with("\r\n\r\nok\n"));
    }

    #[tokio::test]
    async fn nothing_else_is_answered() {
        let endpoint = Endpoint::bind("0", Latest::default()).await.unwrap();
        assert!(endpoint.address().ip().is_loopback(), "a bare port is one of this machine");
        let status = |answer: String| answer.split(' ').nth(1).map(str::to_owned);
        for (request, expected) in [
            (get("/", ""), "404"),
            (get("/metrics/../x", ""), "404"),
            (get("/metrics?x=1", ""), "200"),
            (get("/metrics", "").replace("GET", "POST"), "405"),
            (get("/health", "").replace("GET", "DELETE"), "405"),
            (get("/metrics", "").replace("127.0.0.1", "attacker.example:9464"), "421"),
            (get("/metrics", "").replace("127.0.0.1", "localhost:9464"), "200"),
            (get("/metrics", "").replace("127.0.0.1", "[::1]:9464"), "200"),
        ] {
            let answer = ask(endpoint.address(), &request).await;
            assert_eq!(status(answer).as_deref(), Some(expected), "{request}");
        }
    }

    #[tokio::test]
    async fn it_waits_for_the_last_scrape_and_not_for_ever() {
        let latest = Latest::default();
        let mut endpoint = Endpoint::bind("127.0.0.1:0", latest.clone()).await.unwrap();
        latest.second(&snapshot(false));
        ask(endpoint.address(), &get("/metrics", "")).await;
        endpoint.linger(Duration::from_millis(1)).await;
        assert!(!*endpoint.last_seen.borrow(), "the run was not over");
        latest.second(&snapshot(true));
        let address = endpoint.address();
        let held_open = get("/metrics", "").replace("connection: close\n", "");
        let scraper = tokio::spawn(async move { ask(address, &held_open).await });
        endpoint.linger(Duration::from_secs(60)).await;
        assert!(*endpoint.last_seen.borrow());
        assert!(scraper.await.unwrap().contains("tidegate_load_phase{phase=\"over\"} 1"));
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_an_error() {
        for wrong in ["", "nonsense", "127.0.0.1", "127.0.0.1:99999"] {
            assert!(Endpoint::bind(wrong, Latest::default()).await.is_err(), "{wrong:?}");
        }
    }
}
