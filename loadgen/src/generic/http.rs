//! Requests of a session: one connection that is kept, and the cookies it was given.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::events::EventStream;
use crate::client::LinkError;
use crate::target::Target;

/// Longest answer that is read.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// A request with its values filled in.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<(Bytes, Option<&'static str>)>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// The task that moves a connection's bytes; ends when this is dropped.
pub(super) struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A connection for requests.
struct Line {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

/// What a session sends its requests with.
#[derive(Default)]
pub(super) struct Caller {
    line: Option<Line>,
    cookies: BTreeMap<String, String>,
    /// How long each new connection took; taken by who records it.
    pub(super) connected: Vec<Duration>,
}

impl Caller {
    /// Sends a request and reads the whole answer, all within `patience`.
    pub(super) async fn call(
        mut self,
        target: &Target,
        call: Call,
        patience: Duration,
    ) -> (Self, Result<Answer, LinkError>) {
        let exchanged = timeout(patience, self.exchange(target, &call)).await;
        let answer = exchanged.unwrap_or(Err(LinkError::Timeout { what: "HTTP answer", patience }));
        if answer.is_err() {
            // Whatever comes on this connection now belongs to no request.
            self.line = None;
        }
        (self, answer)
    }

    /// Opens an event stream on a connection of its own.
    pub(super) async fn stream(
        mut self,
        target: &Target,
        call: Call,
        patience: Duration,
    ) -> (Self, Result<Result<EventStream, Answer>, LinkError>) {
        let opened = timeout(patience, self.open(target, &call)).await;
        (self, opened.unwrap_or(Err(LinkError::Timeout { what: "event stream", patience })))
    }

    async fn exchange(&mut self, target: &Target, call: &Call) -> Result<Answer, LinkError> {
        let kept = match self.line.take() {
            // A server may close what is kept at any moment: then another one is made.
            Some(mut line) => line.sender.ready().await.is_ok().then_some(line),
            None => None,
        };
        let mut line = match kept {
            Some(line) => line,
            None => self.dial(target).await?,
        };
        let response = match line.sender.try_send_request(self.request(target, call)?).await {
            Ok(response) => response,
            Err(mut error) => match error.take_message() {
                // It was never sent: the kept connection went away in this very moment.
                Some(request) => {
                    line = self.dial(target).await?;
                    line.sender.send_request(request).await.map_err(|error| lost(&error))?
                }
                None => return Err(lost(error.error())),
            },
        };
        self.keep_cookies(response.headers());
        let answer = read(response).await?;
        self.line = Some(line);
        Ok(answer)
    }

    async fn open(&mut self, target: &Target, call: &Call) -> Result<Result<EventStream, Answer>, LinkError> {
        let mut line = self.dial(target).await?;
        let request = self.request(target, call)?;
        let response = line.sender.send_request(request).await.map_err(|error| lost(&error))?;
        self.keep_cookies(response.headers());
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
        if response.status().is_success() && kind.eq_ignore_ascii_case("text/event-stream") {
            return Ok(Ok(EventStream::new(response.into_body(), line.driver)));
        }
        read(response).await.map(Err)
    }

    async fn dial(&mut self, target: &Target) -> Result<Line, LinkError> {
        let begun = Instant::now();
        let stream = target.dial().await.map_err(|error| LinkError::connect(&error))?;
        self.connected.push(begun.elapsed());
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(64 * 1024)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| lost(&error))?;
        let driver = tokio::spawn(async move {
            // Its end reaches whoever waits for an answer.
            let _ = connection.await;
        });
        Ok(Line { sender, driver: Driver(driver) })
    }

    fn request(&self, target: &Target, call: &Call) -> Result<Request<Full<Bytes>>, LinkError> {
        let method = Method::from_bytes(call.method.as_bytes())
            .map_err(|error| LinkError::Unreadable(error.to_string()))?;
        let mut request = Request::builder().method(method).uri(target.path(&call.path));
        let has = |name: &str| call.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        if !has("host") {
            request = request.header(header::HOST, target.authority());
        }
        if let Some((_, Some(kind))) = &call.body
            && !has("content-type")
        {
            request = request.header(header::CONTENT_TYPE, *kind);
        }
        if let Some(cookies) = self.cookies().filter(|_| !has("cookie")) {
            request = request.header(header::COOKIE, cookies);
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let body = call.body.as_ref().map(|(body, _)| body.clone()).unwrap_or_default();
        request.body(Full::new(body)).map_err(|error| LinkError::Unreadable(error.to_string()))
    }

    /// The cookies as a header has them.
    pub(super) fn cookies(&self) -> Option<String> {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Takes name and value of each cookie. There is one target: paths and domains do not matter.
    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for field in headers.get_all(header::SET_COOKIE) {
            let Ok(field) = field.to_str() else { continue };
            let mut parts = field.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let gone = parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
            if gone || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

async fn read(response: Response<Incoming>) -> Result<Answer, LinkError> {
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
    let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
        Ok(error) => lost(&error),
        Err(_) => LinkError::Unreadable(format!("an answer of more than {LONGEST_ANSWER} bytes")),
    })?;
    Ok(Answer { status, body: body.to_bytes() })
}

/// What came and is no HTTP is told apart from what did not come.
pub(super) fn lost(error: &hyper::Error) -> LinkError {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let text = format!("{error}{cause}");
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    let is_wrong =
        cause.is_some_and(|cause| matches!(cause.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData));
    if error.is_parse() || is_wrong { LinkError::Unreadable(text) } else { LinkError::Lost(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_replaced_and_forgotten() {
        let mut caller = Caller::default();
        let mut take = |fields: &[&str]| {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(header::SET_COOKIE, field.parse().unwrap());
            }
            caller.keep_cookies(&headers);
            caller.cookies()
        };
        assert_eq!(take(&["a=1; Path=/; HttpOnly", "b=x=y"]).as_deref(), Some("a=1; b=x=y"));
        assert_eq!(take(&["a=2", "b=; Max-Age=0", "nonsense"]).as_deref(), Some("a=2"));
        assert_eq!(take(&["a=; expires=Thu, 01 Jan 1970 00:00:00 GMT"]), None);
    }
}
