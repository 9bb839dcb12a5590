//! Asking a chat API: `POST {base_url}/chat/completions`, read whole or as a stream.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use super::sse::Events;
use crate::config::{Llm, Secret};

/// Longest answer that is read, bytes.
const MAX_ANSWER: usize = 256 * 1024;
/// How often a request is sent at most.
const ATTEMPTS: u32 = 3;
/// Wait before another attempt where the server names none.
const PAUSE: Duration = Duration::from_millis(500);

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::agents) struct ChatMessage {
    /// `system`, `user` or `assistant`.
    pub(in crate::agents) role: &'static str,
    /// What is said.
    pub(in crate::agents) content: String,
}

impl ChatMessage {
    pub(in crate::agents) fn new(role: &'static str, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// Why there is no answer. None of it has the key.
#[derive(Debug, thiserror::Error)]
pub(in crate::agents) enum ChatError {
    /// The API wants another key.
    #[error("the model's API refused the key ({0})")]
    Unauthorized(StatusCode),
    /// The API holds back, longer than there is time.
    #[error("the model's API is rate limited")]
    RateLimited,
    /// The API answered with another error.
    #[error("the model's API answered {0}")]
    Status(StatusCode),
    /// No connection, or it broke.
    #[error("the model's API can't be reached")]
    Unreachable,
    /// Not in time.
    #[error("the model gave no answer within {0:?}")]
    Timeout(Duration),
    /// The answer broke off.
    #[error("the model's answer broke off")]
    Cut,
    /// The answer is not what chat APIs answer.
    #[error("the model's answer can't be read")]
    Malformed,
    /// The answer has no end.
    #[error("the model's answer is over {MAX_ANSWER} bytes")]
    TooLong,
}

impl ChatError {
    /// Whether another attempt may help.
    const fn passes(&self) -> bool {
        matches!(self, Self::RateLimited | Self::Unreachable | Self::Status(_))
    }
}

/// A client of one model.
#[derive(Debug)]
pub(in crate::agents) struct ChatClient {
    http: reqwest::Client,
    url: String,
    config: Llm,
    model: String,
    key: Option<Secret>,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: &'a [ChatMessage],
    max_tokens: u32,
    temperature: f64,
    stream: bool,
}

/// An answer, or a piece of one.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    choices: Vec<Choice>,
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Said>,
    delta: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
}

impl ChatClient {
    /// A client of the configured model; `None` where none is configured.
    pub(in crate::agents) fn new(config: &Llm) -> Option<Self> {
        let (base, model) = (config.base_url.as_ref()?, config.model.clone()?);
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.inspect_err(|error| tracing::error!(%error, "no client for the model's API")).ok()?;
        let key = std::env::var(&config.api_key_env).ok().filter(|key| !key.is_empty()).map(Secret::from);
        if key.is_none() {
            tracing::info!(variable = config.api_key_env, "no key for the model's API");
        }
        let url = format!("{}/chat/completions", base.trim_end_matches('/'));
        Some(Self { http, url, config: config.clone(), model, key })
    }

    /// Name of the model.
    pub(in crate::agents) fn model(&self) -> &str {
        &self.model
    }

    /// What the model says to `messages`, all attempts within the configured time.
    ///
    /// # Errors
    /// As [`ChatError`] says.
    pub(in crate::agents) async fn ask(&self, messages: &[ChatMessage]) -> Result<String, ChatError> {
        let deadline = Instant::now() + self.config.timeout;
        let late = |_| ChatError::Timeout(self.config.timeout);
        let mut attempt = 1;
        loop {
            let mut pause = PAUSE * attempt;
            let error = match timeout_at(deadline, self.once(messages, &mut pause)).await.map_err(late)? {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            // Waiting beyond the deadline would only be a slower way to say no.
            if !error.passes() || attempt == ATTEMPTS || Instant::now() + pause >= deadline {
                return Err(error);
            }
            tracing::warn!(%error, attempt, "asking the model again");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// One attempt; `pause` becomes what the server asks to wait before the next.
    async fn once(&self, messages: &[ChatMessage], pause: &mut Duration) -> Result<String, ChatError> {
        let Llm { max_tokens, temperature, stream, .. } = self.config;
        let body = Body { model: &self.model, messages, max_tokens, temperature, stream };
        let mut request = self.http.post(&self.url).json(&body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose());
        }
        let response = request.send().await.map_err(|_| ChatError::Unreachable)?;
        match response.status() {
            StatusCode::OK if is_stream(&response) => streamed(response).await,
            StatusCode::OK => whole(response).await,
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                Err(ChatError::Unauthorized(status))
            }
            status => {
                let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
                if let Some(seconds) = after.and_then(|after| after.parse().ok()) {
                    *pause = Duration::from_secs(seconds);
                }
                match status {
                    StatusCode::TOO_MANY_REQUESTS => Err(ChatError::RateLimited),
                    status if status.is_server_error() => Err(ChatError::Status(status)),
                    // Asking the same again would be refused again.
                    status => {
                        tracing::warn!(%status, "the model's API refuses what it is asked");
                        Err(ChatError::Malformed)
                    }
                }
            }
        }
    }
}

/// APIs that can't stream answer whole, whatever was asked.
fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

async fn whole(response: Response) -> Result<String, ChatError> {
    let mut bytes = Vec::new();
    let mut body = response.bytes_stream();
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece.map_err(|_| ChatError::Cut)?);
        if bytes.len() > MAX_ANSWER {
            return Err(ChatError::TooLong);
        }
    }
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| ChatError::Malformed)?;
    let said = answer.choices.into_iter().next().and_then(|choice| choice.message);
    said.and_then(|said| said.content).ok_or(ChatError::Malformed)
}

/// An answer that comes in pieces: it is whole when the model says that it finished.
async fn streamed(response: Response) -> Result<String, ChatError> {
    let (mut events, mut text, mut finished, mut read) = (Events::default(), String::new(), false, 0);
    let mut body = response.bytes_stream();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| ChatError::Cut)?;
        read += piece.len();
        if read > MAX_ANSWER * 8 || text.len() > MAX_ANSWER {
            return Err(ChatError::TooLong);
        }
        for data in events.take(&piece) {
            if data == "[DONE]" {
                return Ok(text);
            }
            finished |= add(&mut text, &data)?;
        }
    }
    if let Some(data) = events.rest().filter(|data| data != "[DONE]") {
        finished |= add(&mut text, &data)?;
    }
    if finished { Ok(text) } else { Err(ChatError::Cut) }
}

/// Adds a piece; true if it is the last.
fn add(text: &mut String, data: &str) -> Result<bool, ChatError> {
    let piece: Answer = serde_json::from_str(data).map_err(|_| ChatError::Malformed)?;
    if piece.error.is_some() {
        return Err(ChatError::Cut);
    }
    let Some(choice) = piece.choices.into_iter().next() else { return Ok(false) };
    if let Some(content) = choice.delta.and_then(|delta| delta.content) {
        text.push_str(&content);
    }
    Ok(choice.finish_reason.is_some())
}
