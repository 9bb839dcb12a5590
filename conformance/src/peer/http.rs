//! HTTP/1.1 requests that can say anything, and what came back.

/// A request. Nothing is added or corrected: what is in it goes on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Request target, such as `/health?x=1`.
    pub target: String,
    /// Version text, such as `HTTP/1.1`.
    pub version: String,
    /// Header fields in order; names and values exactly as written.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers or body.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            version: "HTTP/1.1".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// `GET target`.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// `POST target` with a JSON body.
    pub fn post_json(target: &str, body: &serde_json::Value) -> Self {
        Self::new("POST", target).header("Content-Type", "application/json").body(body.to_string())
    }

    /// Adds a header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes away every field `name`.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces every field `name` by one with `value`.
    pub fn with(self, name: &str, value: &str) -> Self {
        self.without(name).header(name, value)
    }

    /// Sets the version text.
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// Sets the body and its `Content-Length`.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let mut request = self.with("Content-Length", &body.len().to_string());
        request.body = body;
        request
    }

    /// The first value of field `name`.
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// All values of field `name`, in order.
    pub fn values(&self, name: &'static str) -> impl Iterator<Item = &str> {
        values(&self.headers, name)
    }

    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let first = format!("{} {} {}\r\n", self.method, self.target, self.version);
        encode(first, &self.headers, &self.body)
    }

    /// Reads a request head leniently.
    pub fn parse(head: &[u8]) -> Option<Self> {
        let (first, headers) = parse_head(head)?;
        let mut parts = first.splitn(3, ' ');
        let (method, target, version) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { headers, version: version.to_owned(), ..Self::new(method, target) })
    }
}

/// A response as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Version text.
    pub version: String,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// Body, chunks joined.
    pub body: Vec<u8>,
}

impl Response {
    /// A response with `status` and a `Content-Length`.
    pub fn new(status: u16, reason: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self {
            status,
            reason: reason.to_owned(),
            version: "HTTP/1.1".to_owned(),
            headers: vec![("Content-Length".to_owned(), body.len().to_string())],
            body,
        }
    }

    /// The first value of field `name`.
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// All values of field `name`, in order.
    pub fn values(&self, name: &'static str) -> impl Iterator<Item = &str> {
        values(&self.headers, name)
    }

    /// How many fields `name` there are.
    pub fn field_count(&self, name: &str) -> usize {
        self.headers.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name)).count()
    }

    /// Sets field `name`, or takes it away.
    pub fn set_field(&mut self, name: &str, value: Option<&str>) {
        self.headers.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
        if let Some(value) = value {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Replaces the body and its length.
    pub fn set_body(&mut self, body: impl Into<Vec<u8>>) {
        self.body = body.into();
        self.set_field("Transfer-Encoding", None);
        self.set_field("Content-Length", Some(&self.body.len().to_string()));
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text, broken bytes replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let first = format!("{} {} {}\r\n", self.version, self.status, self.reason);
        encode(first, &self.headers, &self.body)
    }

    /// Reads a response head: status line and fields.
    pub fn parse(head: &[u8]) -> Result<Self, HttpFault> {
        let text = || String::from_utf8_lossy(&head[..head.len().min(120)]).into_owned();
        let (first, headers) = parse_head(head).ok_or_else(|| HttpFault::Malformed(text()))?;
        let mut parts = first.splitn(3, ' ');
        let version = parts.next().unwrap_or_default().to_owned();
        let is_status = |code: &&str| code.len() == 3 && code.bytes().all(|digit| digit.is_ascii_digit());
        let status = parts.next().filter(is_status).and_then(|code| code.parse().ok());
        let Some(status) = status.filter(|code| *code >= 100 && version.starts_with("HTTP/1.")) else {
            return Err(HttpFault::Malformed(text()));
        };
        let reason = parts.next().unwrap_or_default().to_owned();
        Ok(Self { status, reason, version, headers, body: Vec::new() })
    }
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpFault {
    /// Nothing, or not all of it, before the deadline.
    #[error("no complete response in time, {0} bytes so far")]
    Silent(usize),
    /// The connection ended first.
    #[error("connection ended after {0} bytes without a complete response")]
    Ended(usize),
    /// Headers that do not end.
    #[error("response head longer than {0} bytes")]
    HeadTooLarge(usize),
    /// A body that does not end.
    #[error("response body longer than {0} bytes")]
    BodyTooLarge(usize),
    /// Not HTTP.
    #[error("not an HTTP response: {0:?}")]
    Malformed(String),
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn values<'a>(headers: &'a [(String, String)], name: &'static str) -> impl Iterator<Item = &'a str> {
    let found = headers.iter().filter(move |(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn encode(first: String, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut out = first;
    for (name, value) in headers {
        out.push_str(name);
        out.push_str(": ");
        out.push_str(value);
        out.push_str("\r\n");
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    out
}

/// First line and fields of a head that ends in an empty line.
fn parse_head(head: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let first = lines.next().filter(|line| !line.is_empty())?.to_owned();
    let mut headers = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Some((first, headers))
}
