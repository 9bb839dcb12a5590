//! Between the listener and the doors: one HTTP connection, until it ends or is upgraded.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

use super::http::HttpOptions;
use super::http2;
use super::line::Line;
use super::shutdown::Shutdown;
use super::tunnel::Tunnels;
use crate::connection::engine::{Socket, Stream};
use crate::doors::{Body, Knock, Opening, Service, error_answer, knock};
use crate::observe::{redact_target, traces};
use crate::rest::request_id;
use crate::wire::error::{Code, Failure};

/// A connection that was upgraded, on its way to a task of its own.
pub(super) struct Arrival {
    pub(super) opening: Opening,
    pub(super) socket: Socket,
}

/// Serves requests on one stream. An upgraded stream goes to `arrivals`: the task that reads requests is ten
/// times as large as one that only waits for frames.
pub(super) async fn serve_requests<S: Service>(
    stream: TcpStream,
    peer: SocketAddr,
    hall: Hall<S>,
    shutdown: Shutdown,
    arrivals: UnboundedSender<Arrival>,
) {
    let options = Arc::clone(&hall.options);
    let patience = options.socket.write_timeout;
    let Some(tls) = &options.tls else {
        let mut line = Line::new(stream, patience);
        let http2 = if options.http2 {
            // A peer that says nothing, or half of it, is gone when its headers should be here.
            let Ok(Ok(http2)) = timeout(options.header_timeout, line.begins_http2()).await else { return };
            http2
        } else {
            false
        };
        return Box::pin(serve_line(line, http2, peer, hall, shutdown, arrivals)).await;
    };
    match timeout(options.header_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let line = Line::new(stream, patience);
            Box::pin(serve_line(line, http2, peer, hall, shutdown, arrivals)).await;
        }
        Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS connection came about"),
        Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
    }
}

async fn serve_line<S: Service, I>(
    line: Line<I>,
    http2: bool,
    peer: SocketAddr,
    hall: Hall<S>,
    shutdown: Shutdown,
    arrivals: UnboundedSender<Arrival>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + Into<Stream> + 'static,
{
    if http2 {
        http2::serve(TokioIo::new(line), peer, hall, shutdown, arrivals).await;
    } else {
        serve_http1(line, peer, hall, shutdown, arrivals).await;
    }
}

async fn serve_http1<S: Service, I>(
    line: Line<I>,
    peer: SocketAddr,
    hall: Hall<S>,
    shutdown: Shutdown,
    arrivals: UnboundedSender<Arrival>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + Into<Stream> + 'static,
{
    let options = Arc::clone(&hall.options);
    let hall = Attendant { hall, peer, opened: Arc::default(), tunnels: None };
    let opened = Arc::clone(&hall.opened);
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        // twice the limit, so that most who pass it get an error object from us instead of a bare 431
        .max_header_size(options.max_header_bytes * 2)
        .serve_connection(TokioIo::new(line), hall);
    let mut stopping = pin!(shutdown.stopping());
    let mut told = false;
    let ended = poll_fn(|cx| {
        if !told && stopping.as_mut().poll(cx).is_ready() {
            told = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        connection.poll_without_shutdown(cx)
    })
    .await;
    let opening = opened.lock().unwrap_or_else(PoisonError::into_inner).take();
    let parts = connection.into_parts();
    match (ended, opening) {
        (Ok(()), Some(opening)) => {
            let stream = parts.io.into_inner().into_inner().into();
            let socket = Socket::new(stream, &parts.read_buf, &options.socket_behind(&opening));
            // fails only when the server has stopped; the socket then says goodbye by being dropped
            let _ = arrivals.send(Arrival { opening: *opening, socket });
        }
        (Ok(()), None) => {}
        (Err(error), _) => tracing::debug!(%peer, %error, "connection ended"),
    }
}

/// What all connections of a listener share.
pub(super) struct Hall<S> {
    pub(super) service: Arc<S>,
    pub(super) options: Arc<HttpOptions>,
}

impl<S> Clone for Hall<S> {
    fn clone(&self) -> Self {
        Self { service: Arc::clone(&self.service), options: Arc::clone(&self.options) }
    }
}

/// Answers the requests of one connection.
pub(super) struct Attendant<S> {
    hall: Hall<S>,
    peer: SocketAddr,
    /// Set when the 101 is given.
    opened: Arc<Mutex<Option<Box<Opening>>>>,
    /// How streams become connections, where there are streams; their running requests are counted.
    tunnels: Option<Tunnels>,
}

impl<S> Attendant<S> {
    /// For a connection of many streams, none of which takes the whole of it.
    pub(super) fn of_streams(hall: Hall<S>, peer: SocketAddr, tunnels: Tunnels) -> Self {
        Self { hall, peer, opened: Arc::default(), tunnels: Some(tunnels) }
    }
}

impl<S: Service> hyper::service::Service<Request<Incoming>> for Attendant<S> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (hall, peer, opened) = (self.hall.clone(), self.peer, Arc::clone(&self.opened));
        let running = self.tunnels.as_ref().map(|tunnels| tunnels.activity.begin());
        let tunnels = self.tunnels.clone();
        let id = request_id(request.headers());
        // At the highest level, so that every line about a request has its id.
        let span = tracing::error_span!(
            "request",
            otel.kind = "server",
            request_id = id.to_str().unwrap_or_default(),
            method = %request.method(),
            target = %redact_target(request.uri().path(), request.uri().query()),
        );
        let parent = request.headers().get(traces::TRACEPARENT).and_then(|value| value.to_str().ok());
        traces::adopt(&span, parent);
        let served = async move {
            let metrics = Arc::clone(&hall.options.metrics);
            let began = Instant::now();
            let answer = AssertUnwindSafe(answer(hall, request, peer, opened, tunnels)).catch_unwind().await;
            let mut answer = answer.unwrap_or_else(|_| {
                metrics.panics.increment();
                error_answer(StatusCode::INTERNAL_SERVER_ERROR, &Failure::internal(&"panic in a request"))
            });
            metrics.requests.with(answer.status().as_str()).increment();
            seal(answer.headers_mut(), id);
            tracing::debug!(status = answer.status().as_u16(), took = ?began.elapsed(), "answered");
            Ok(match running {
                None => answer,
                Some(running) => answer.map(|body| with_guard(body, running)),
            })
        };
        Box::pin(served.instrument(span))
    }
}

/// What every answer says, whoever gave it.
fn seal(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(HeaderName::from_static("x-request-id"), id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Answers are data; pages bring a policy of their own.
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// A body that keeps `guard` as long as it is read.
fn with_guard<G: Send + 'static>(body: Body, guard: G) -> Body {
    body.map_frame(move |frame| {
        let _ = &guard;
        frame
    })
    .boxed_unsync()
}

/// RFC 9112, section 3.2: rules by host must not be passed by naming none, or two.
fn names_host(head: &Parts) -> bool {
    head.version != Version::HTTP_11 || head.headers.get_all(HOST).iter().count() == 1
}

async fn answer<S: Service>(
    hall: Hall<S>,
    request: Request<Incoming>,
    peer: SocketAddr,
    opened: Arc<Mutex<Option<Box<Opening>>>>,
    tunnels: Option<Tunnels>,
) -> Response<Body> {
    let mut request = request;
    let upgrade = tunnels.map(|tunnels| (tunnels, hyper::upgrade::on(&mut request)));
    let (head, body) = request.into_parts();
    if header_bytes(&head.headers) + head.uri.path().len() + head.uri.query().map_or(0, str::len)
        > hall.options.max_header_bytes
    {
        let failure = Failure::new(Code::MessageTooLarge, "headers are too large");
        return error_answer(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, &failure);
    }
    match knock(&head, hall.service.doors(), &hall.options.entrance, peer) {
        Knock::Passing if !names_host(&head) => {
            let failure = Failure::new(Code::InvalidMessage, "a request names one Host");
            error_answer(StatusCode::BAD_REQUEST, &failure)
        }
        Knock::Passing => hall.service.http(Request::from_parts(head, body), peer).await,
        Knock::Refused(answer) => answer,
        Knock::Welcome { mut opening, answer } => {
            if !body.is_end_stream()
                && Limited::new(body, hall.options.max_body_bytes).collect().await.is_err()
            {
                let failure = Failure::new(Code::MessageTooLarge, "body is too large");
                return error_answer(StatusCode::PAYLOAD_TOO_LARGE, &failure);
            }
            if let Err(refusal) = hall.service.admit(&mut opening) {
                return *refusal;
            }
            match upgrade {
                None => *opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opening),
                Some((tunnels, upgrade)) => {
                    if let Err(error) = tunnels.open(upgrade, *opening, Arc::clone(&hall.options)) {
                        let failure = Failure::internal(&error);
                        return error_answer(StatusCode::SERVICE_UNAVAILABLE, &failure);
                    }
                }
            }
            answer
        }
    }
}

/// Size of the header lines: name, colon, blank, value, line end.
fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}
