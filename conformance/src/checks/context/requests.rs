//! Requests of HTTP, each on a connection of its own.

use std::time::Duration;

use crate::checks::deadline::Deadline;
use crate::checks::event_stream::EventStream;
use crate::checks::raw::RawConnection;
use crate::checks::verdict::{ReasonCode, Step, fail};
use crate::peer::{Request, Response};

use super::{ANYBODY, Context};

impl Context {
    /// The same as [`Context::http`] for a request that needs `time` of the target's work.
    pub async fn http_within(&self, request: Request, time: Duration) -> Step<Response> {
        self.http_by(request, self.within(time)).await
    }

    /// Sends a request on a connection of its own. `Host` and `Connection: close` are added unless
    /// the request has them.
    pub async fn http(&self, request: Request) -> Step<Response> {
        self.http_by(request, self.soon()).await
    }

    /// The same as `user`, where the target wants tokens.
    pub async fn http_of(&self, request: Request, user: &str) -> Step<Response> {
        let request = match self.token_of(user) {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        };
        self.http(request).await
    }

    /// The same without any token.
    pub async fn http_bare(&self, request: Request) -> Step<Response> {
        let request = request.header("Host", &self.inner.target.host()).header("Connection", "close");
        self.exchange("http", &request).await
    }

    async fn http_by(&self, request: Request, deadline: Deadline) -> Step<Response> {
        let mut request = request;
        for (name, value) in [("Host", self.inner.target.host()), ("Connection", "close".to_owned())] {
            if request.field(name).is_none() {
                request = request.header(name, &value);
            }
        }
        if let Some(token) = self.token_of(ANYBODY).filter(|_| request.field("Authorization").is_none()) {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        self.exchange_by("http", &request, deadline).await
    }

    /// Sends a request exactly as it is on a connection of its own.
    pub async fn exchange(&self, name: &str, request: &Request) -> Step<Response> {
        self.exchange_by(name, request, self.soon()).await
    }

    async fn exchange_by(&self, name: &str, request: &Request, deadline: Deadline) -> Step<Response> {
        let name = self.connection_name(name);
        let stream = self.connect().await?;
        let mut raw = RawConnection::new(name, stream, self.inner.transcript.clone());
        raw.send(&request.encode()).await;
        raw.response(deadline, request.method == "HEAD").await
    }

    /// Sends a request that must be answered with an event stream. `Host` is added unless it has it.
    pub async fn stream(&self, request: Request) -> Step<EventStream> {
        match self.stream_or_answer(request).await? {
            Ok(stream) => Ok(stream),
            Err(response) => {
                let actual = format!("{} {}: {}", response.status, response.reason, response.text());
                let code =
                    if response.status == 200 { ReasonCode::WrongValue } else { ReasonCode::WrongStatus };
                fail(code, "200 with an event stream", actual)
            }
        }
    }

    /// The same where another answer may come.
    pub async fn stream_or_answer(&self, request: Request) -> Step<Result<EventStream, Response>> {
        let mut request = request;
        if request.field("Host").is_none() {
            request = request.header("Host", &self.inner.target.host());
        }
        let name = self.connection_name("events");
        let mut raw = RawConnection::new(name, self.connect().await?, self.inner.transcript.clone());
        raw.send(&request.encode()).await;
        raw.stream(self.soon()).await
    }
}
