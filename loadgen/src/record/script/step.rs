//! Drafts as steps, with variables and parameters in the place of what they stand for.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use toml::Table;

use super::super::capture::{Values, step as path_step};
use super::super::secrets::{is_secret_header, is_secret_name, is_token};
use super::super::seen::Payload;
use super::draft::{Draft, Kind, Request};
use super::name;

/// Shorter pauses are the client's own work, not a user's.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// Headers that the player makes itself, or that say nothing to a service.
const LEFT_OUT: [&str; 18] = [
    "host",
    "connection",
    "upgrade",
    "content-length",
    "transfer-encoding",
    "user-agent",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "pragma",
    "referer",
    "te",
    "keep-alive",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "cookie",
];

/// Writes steps.
pub(super) struct Writer<'v> {
    values: &'v Values,
    /// Names and tables of the WebSockets, by channel.
    pub(super) connections: BTreeMap<usize, (String, Table)>,
    names: BTreeMap<usize, String>,
    pub(super) steps: Vec<Table>,
    pub(super) secrets: Vec<String>,
    /// The last message sent on each channel: its name, itself, and whether its operation has ended.
    sent: BTreeMap<usize, (String, Payload, bool)>,
    /// When the client last did something.
    acted: Duration,
}

impl<'v> Writer<'v> {
    pub(super) fn new(values: &'v Values) -> Self {
        Self {
            values,
            connections: BTreeMap::new(),
            names: BTreeMap::new(),
            steps: Vec::new(),
            secrets: Vec::new(),
            sent: BTreeMap::new(),
            acted: Duration::ZERO,
        }
    }

    /// The user did nothing for so long.
    pub(super) fn wait(&mut self, pause: Duration) {
        if pause < SHORTEST_PAUSE {
            return;
        }
        let mut time = Table::new();
        time.insert("value".to_owned(), format!("{}ms", pause.as_millis()).into());
        self.put("wait", [("for", time.into())]);
    }

    /// Closes what was left open.
    pub(super) fn close(&mut self, channel: usize) {
        let on = self.name(channel);
        self.put("close", [("on", on.into())]);
    }

    pub(super) fn write(&mut self, number: usize, draft: &Draft) {
        match &draft.kind {
            Kind::Connect { channel, request } => self.connect(number, *channel, request),
            Kind::Send { channel, payload } => self.send(number, *channel, payload),
            Kind::Heard { channel, event, payload } => {
                let took = draft.at.saturating_sub(self.acted);
                self.expect(number, *channel, event.as_deref(), payload, took);
                return;
            }
            Kind::Http { request, status, .. } => self.http(number, request, *status),
            Kind::Stream { channel, request, status } => self.stream(number, *channel, request, *status),
            Kind::Close { channel, by_client, code } => self.closed(*channel, *by_client, *code),
        }
        self.acted = draft.ended;
    }

    fn put(&mut self, kind: &str, fields: impl IntoIterator<Item = (&'static str, toml::Value)>) {
        let mut table = Table::new();
        table.insert("do".to_owned(), kind.into());
        table.extend(fields.into_iter().map(|(key, value)| (key.to_owned(), value)));
        self.steps.push(table);
    }

    fn name(&self, channel: usize) -> String {
        self.names.get(&channel).cloned().unwrap_or_default()
    }

    /// Gives `channel` the name `base`, or the first free one with a number.
    fn christen(&mut self, channel: usize, base: &str) -> String {
        let is_free = |name: &String| !self.names.values().any(|taken| taken == name);
        let numbered = (2..).map(|number| format!("{base}{number}"));
        let name = std::iter::once(base.to_owned()).chain(numbered).find(is_free).unwrap_or_default();
        self.names.insert(channel, name.clone());
        name
    }

    fn connect(&mut self, number: usize, channel: usize, request: &Request) {
        let on = self.christen(channel, "ws");
        let mut table = Table::new();
        table.insert("ws".to_owned(), self.path(number, &request.path).into());
        if let Some(offer) = request.header("Sec-WebSocket-Protocol") {
            let offer: Vec<toml::Value> = offer
                .split(',')
                .map(|name| match name.trim() {
                    token if is_token(token) => self.secret("token"),
                    plain => plain.to_owned(),
                })
                .map(toml::Value::from)
                .collect();
            table.insert("subprotocols".to_owned(), offer.into());
        }
        let headers = self.headers(number, request);
        if !headers.is_empty() {
            table.insert("headers".to_owned(), headers.into());
        }
        self.connections.insert(channel, (on.clone(), table));
        self.put("connect", [("on", on.into())]);
    }

    fn send(&mut self, number: usize, channel: usize, payload: &Payload) {
        let json = payload.json();
        let kind = json.as_ref().and_then(name::kind).map_or("message", |(_, kind)| kind);
        let operation = name::operation(kind);
        let (key, value) = self.message(number, payload);
        let on = self.name(channel);
        self.put("send", [("on", on.into()), (key, value)]);
        self.sent.insert(channel, (operation, payload.clone(), false));
    }

    fn expect(
        &mut self,
        number: usize,
        channel: usize,
        event: Option<&str>,
        payload: &Payload,
        took: Duration,
    ) {
        let json = payload.json();
        let kind = json.as_ref().and_then(name::kind);
        let heard = event.or(kind.map(|(_, kind)| kind)).unwrap_or("message").to_owned();
        let last = self.steps.last().and_then(|step| step.get("do")?.as_str()).unwrap_or_default();
        let answers = last == "send";
        let operation = match self.sent.get_mut(&channel) {
            Some((operation, _, ended)) if answers && !*ended => {
                *ended = true;
                operation.clone()
            }
            Some((operation, ..)) => format!("{operation}.{}", name::operation(&heard)),
            None => name::operation(&heard),
        };
        let mut fields = vec![("on", self.name(channel).into()), ("name", operation.into())];
        if let Some(event) = event {
            fields.push(("event", escaped(event).into()));
        }
        let wanted = json.as_ref().map(|json| self.conditions(number, json, kind)).unwrap_or_default();
        if !wanted.is_empty() {
            fields.push(("where", wanted.into()));
        } else if let Some((_, sent, _)) = self.sent.get(&channel).filter(|(_, sent, _)| sent == payload) {
            // It echoes.
            fields.push(match sent {
                Payload::Text(text) => ("text", escaped(text).into()),
                Payload::Binary(bytes) => ("base64", STANDARD.encode(bytes).into()),
            });
        }
        let seconds = (took.as_secs() + 1) * 5;
        fields.push(("within", format!("{seconds}s").into()));
        fields.extend(self.captures(number));
        self.put("expect", fields);
    }

    /// What tells this message from others: its kind, and the ids in it that are known.
    fn conditions(&self, number: usize, json: &Value, kind: Option<(&'static str, &str)>) -> Table {
        let mut wanted = Table::new();
        if let Some((field, kind)) = kind {
            wanted.insert(format!("$.{field}"), escaped(kind).into());
        }
        for (field, value) in json.as_object().into_iter().flatten() {
            let Some(text) = value.as_str() else { continue };
            if let Some(variable) = self.values.variable(text, number) {
                wanted.insert(format!("${}", path_step(field)), format!("${{{variable}}}").into());
            } else if self.values.is_of_client(text) && field.to_ascii_lowercase().ends_with("id") {
                wanted.insert(format!("${}", path_step(field)), escaped(text).into());
            }
        }
        wanted
    }

    fn http(&mut self, number: usize, request: &Request, status: u16) {
        let mut fields = self.request(number, request);
        fields.push(("status", i64::from(status).into()));
        fields.extend(self.captures(number));
        self.put("http", fields);
    }

    fn stream(&mut self, number: usize, channel: usize, request: &Request, status: u16) {
        let on = self.christen(channel, "events");
        let mut fields = self.request(number, request);
        fields.push(("on", on.into()));
        fields.push(("status", i64::from(status).into()));
        self.put("sse", fields);
    }

    fn request(&mut self, number: usize, request: &Request) -> Vec<(&'static str, toml::Value)> {
        let mut fields = vec![
            ("name", name::request(&request.method, &request.path).into()),
            ("method", request.method.clone().into()),
            ("path", self.path(number, &request.path).into()),
        ];
        let headers = self.headers(number, request);
        if !headers.is_empty() {
            fields.push(("headers", headers.into()));
        }
        if !request.body.is_empty() {
            let payload = match String::from_utf8(request.body.clone()) {
                Ok(text) => Payload::Text(text),
                Err(error) => Payload::Binary(error.into_bytes()),
            };
            fields.push(self.message(number, &payload));
        }
        fields
    }

    fn captures(&self, number: usize) -> Option<(&'static str, toml::Value)> {
        let captures = self.values.captures(number).iter();
        let table: Table =
            captures.map(|capture| (capture.name.clone(), capture.path.clone().into())).collect();
        (!table.is_empty()).then(|| ("capture", table.into()))
    }

    fn closed(&mut self, channel: usize, by_client: bool, code: u16) {
        let on = self.name(channel);
        let said = (code != 1005).then(|| ("code", toml::Value::from(i64::from(code))));
        match by_client {
            true => {
                // 1001 is a page that goes away; a player closes as a user does.
                let said = said.filter(|_| code >= 3000);
                self.put("close", [("on", on.into())].into_iter().chain(said));
            }
            false => self.put("expect-close", [("on", on.into())].into_iter().chain(said)),
        }
    }

    /// The name of a parameter that stands for a secret, as a template.
    fn secret(&mut self, name: &str) -> String {
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let name =
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("secret_{name}") };
        let template = format!("${{{name}}}");
        if !self.secrets.contains(&name) {
            self.secrets.push(name);
        }
        template
    }

    /// `text` as a template: a variable where it is known, a parameter where it is a secret.
    fn text(&mut self, number: usize, name: &str, text: &str) -> String {
        if let Some(variable) = self.values.variable(text, number) {
            return format!("${{{variable}}}");
        }
        match is_token(text) || (is_secret_name(name) && !text.is_empty()) {
            true => self.secret(name),
            false => escaped(text),
        }
    }

    fn path(&mut self, number: usize, path: &str) -> String {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let parts: Vec<String> = path.split('/').map(|part| self.text(number, "", part)).collect();
        let mut made = parts.join("/");
        for (at, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
            made.push(if at == 0 { '?' } else { '&' });
            match pair.split_once('=') {
                Some((name, value)) => {
                    made.push_str(&escaped(name));
                    made.push('=');
                    made.push_str(&self.text(number, name, value));
                }
                None => made.push_str(&escaped(pair)),
            }
        }
        made
    }

    fn headers(&mut self, number: usize, request: &Request) -> Table {
        let mut table = Table::new();
        for (name, value) in &request.headers {
            let lower = name.to_ascii_lowercase();
            if LEFT_OUT.contains(&lower.as_str())
                || lower.starts_with("sec-fetch")
                || lower.starts_with("sec-ch")
            {
                continue;
            }
            let bearer = value.strip_prefix("Bearer ");
            let known = self.values.variable(bearer.unwrap_or(value), number);
            let written = match (known, bearer) {
                (Some(variable), Some(_)) => format!("Bearer ${{{variable}}}"),
                (Some(variable), None) => format!("${{{variable}}}"),
                (None, _) if is_secret_header(name) => self.secret(name),
                (None, _) => self.text(number, "", value),
            };
            table.insert(name.clone(), written.into());
        }
        if request.header("Cookie").is_some() && !self.is_after_an_answer() {
            let cookie = self.secret("cookie");
            table.insert("Cookie".to_owned(), cookie.into());
        }
        table
    }

    /// True when cookies may have come from an answer of this recording: then the player gets its own.
    fn is_after_an_answer(&self) -> bool {
        self.steps.iter().any(|step| step.get("do").and_then(toml::Value::as_str) == Some("http"))
    }

    fn message(&mut self, number: usize, payload: &Payload) -> (&'static str, toml::Value) {
        match payload {
            Payload::Binary(bytes) => ("base64", STANDARD.encode(bytes).into()),
            Payload::Text(text) => {
                let json = payload.json().filter(|json| json.is_object() || json.is_array());
                match json.and_then(|json| self.json(number, "", &json)) {
                    Some(value) => ("json", value),
                    None => ("text", escaped(text).into()),
                }
            }
        }
    }

    /// `value` as TOML has it; `None` where it has a number that TOML can't hold.
    fn json(&mut self, number: usize, name: &str, value: &Value) -> Option<toml::Value> {
        Some(match value {
            Value::Null => "${null}".into(),
            Value::Bool(truth) => (*truth).into(),
            Value::Number(figure) => match self.values.variable(&figure.to_string(), number) {
                Some(variable) => format!("${{{variable}}}").into(),
                None if figure.is_f64() => figure.as_f64()?.into(),
                None => figure.as_i64()?.into(),
            },
            Value::String(text) => self.text(number, name, text).into(),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.json(number, name, item));
                items.collect::<Option<Vec<_>>>()?.into()
            }
            Value::Object(fields) => {
                let mut table = Table::new();
                for (key, value) in fields {
                    table.insert(key.clone(), self.json(number, key, value)?);
                }
                table.into()
            }
        })
    }
}

/// Text in which nothing is a template.
fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}
