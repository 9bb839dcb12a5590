//! Requests over HTTP: the fallback, and what has no message of its own.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::address::Address;
use crate::connection::{DOOR, connect};
use crate::error::ClientError;

/// Longest answer that is read.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// A request of the API.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl Call {
    /// `GET path`.
    pub(crate) fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), body: None }
    }

    /// `POST path` with `body`.
    pub(crate) fn post(path: &str, body: Value) -> Self {
        Self { method: Method::POST, path: path.to_owned(), body: Some(body) }
    }

    /// `DELETE path`.
    pub(crate) fn delete(path: &str) -> Self {
        Self { method: Method::DELETE, ..Self::get(path) }
    }
}

/// Sends `call` to the server of `url`; gives status and JSON.
pub(crate) async fn request(
    url: &str,
    token: Option<&str>,
    call: &Call,
    patience: Duration,
) -> Result<(u16, Value), ClientError> {
    timeout(patience, exchange(url, token, call, patience))
        .await
        .unwrap_or(Err(ClientError::Timeout("HTTP answer")))
}

async fn exchange(
    url: &str,
    token: Option<&str>,
    call: &Call,
    patience: Duration,
) -> Result<(u16, Value), ClientError> {
    let failed = |error: &dyn std::fmt::Display| ClientError::Request(error.to_string());
    let address = Address::read(url, DOOR)?;
    let stream = connect(&address, patience).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    let body = call.body.as_ref();
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(address.api(DOOR, &call.path))
        .header(header::HOST, address.authority())
        .header(header::CONNECTION, "close");
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let text = body.map(Value::to_string).unwrap_or_default();
    let request = request.body(Full::new(Bytes::from(text))).map_err(|error| failed(&error))?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
        let body = body.map_err(|error| failed(&error))?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_else(|_| json!({}))))
    };
    tokio::pin!(connection);
    tokio::pin!(exchange);
    tokio::select! {
        answer = &mut exchange => answer,
        ended = &mut connection => match ended {
            Ok(()) => exchange.await,
            Err(error) => Err(failed(&error)),
        },
    }
}
