//! From the tables of a scenario to a script, with the place of whatever can't be played.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::condition::{Condition, path, regex};
use super::keys::judge_keys;
use super::message::{Message, Pattern};
use super::names::{Known, STREAM};
use super::template::{Json, Names, Text, Variable};
use super::{Act, Channel, Expect, Look, Path, Request, Script, Socket, Source, Step};
use crate::model::{
    Condition as WrittenCondition, DAY, Others, Scenario, ScriptStep, Status, StepKind, Unusable,
};

/// Deepest nesting of `repeat`.
const DEEPEST: usize = 8;

/// Most rounds of a `repeat`: beyond it a typing mistake is likelier than the wish.
const MOST_ROUNDS: u64 = 1_000_000_000;

type Told<T> = Result<T, Unusable>;

/// The script of `scenario`, or what of it can't be played.
pub(super) fn compile(scenario: &Scenario) -> Told<Script> {
    let known = Known::of(scenario).map_err(|(key, message)| Unusable { key, message })?;
    let compiler = Compiler { scenario, known };
    let begin = compiler.steps("begin", &scenario.begin, 0)?;
    let steps = compiler.steps("step", &scenario.steps, 0)?;
    let end = compiler.steps("end", &scenario.end, 0)?;
    let channels = compiler.channels()?;
    let data = compiler.sources()?;
    let Known { operations, variables, .. } = compiler.known;
    Ok(Script { begin, steps, end, channels, operations, variables, data })
}

struct Compiler<'s> {
    scenario: &'s Scenario,
    known: Known,
}

impl Compiler<'_> {
    fn steps(&self, part: &str, written: &[ScriptStep], depth: usize) -> Told<Vec<Step>> {
        if depth > DEEPEST {
            return Err(unusable(part, format!("`repeat` goes deeper than {DEEPEST}")));
        }
        let steps = written.iter().enumerate();
        let steps = steps.map(|(number, step)| self.step(format!("{part}.{number}"), step, depth));
        let mut steps = steps.collect::<Told<Vec<_>>>()?;
        pair(&mut steps);
        Ok(steps)
    }

    fn step(&self, place: String, step: &ScriptStep, depth: usize) -> Told<Step> {
        judge_keys(&place, step)?;
        let at = |key: &'static str| (place.as_str(), key);
        let act = match step.kind {
            StepKind::Connect => {
                Act::Connect { on: self.socket(&place, step)?, within: self.connecting(&place, step)? }
            }
            StepKind::Send => {
                let message = self.message(&place, step)?.ok_or_else(|| {
                    unusable(&place, "`send` needs what: `json`, `text` or `base64`".to_owned())
                })?;
                Act::Send { on: self.socket(&place, step)?, message }
            }
            StepKind::Expect => Act::Expect(Box::new(self.expect(&place, step)?)),
            StepKind::ExpectClose => Act::ExpectClose {
                on: self.channel(&place, step)?,
                code: step.code,
                since: self.since(&place, step)?,
                within: self.within(&place, step)?,
            },
            StepKind::Capture | StepKind::Check => Act::Look(self.look(&place, step)?),
            StepKind::Set => {
                let values = step.values.iter().map(|(name, value)| {
                    let json = told(at("values"), Json::parse(value, &self.known))?;
                    Ok((self.known.slot(name), json))
                });
                Act::Set(values.collect::<Told<_>>()?)
            }
            StepKind::Wait => {
                let time = step.time.unwrap_or(crate::model::ThinkTime::Constant(Duration::ZERO));
                if let Some(message) = time.unusable() {
                    return Err(unusable(&format!("{place}.for"), message));
                }
                Act::Wait(time)
            }
            StepKind::Http => Act::Http(Box::new(self.request(&place, step)?)),
            StepKind::Sse => {
                let name = step.on.as_deref().unwrap_or(STREAM);
                if self.scenario.connections.contains_key(name) {
                    let message = format!("`{name}` is a WebSocket; give the event stream another name");
                    return Err(unusable(&format!("{place}.on"), message));
                }
                let on = told(at("on"), self.known.channel(name))?;
                Act::Stream { on, request: Box::new(self.request(&place, step)?) }
            }
            StepKind::Close => Act::Close {
                on: self.channel(&place, step)?,
                code: closing(&place, step.code.unwrap_or(1000))?,
                within: self.closing_time(&place, step)?,
            },
            StepKind::Repeat => Act::Repeat {
                times: times(&place, step)?,
                every: step.every.map(|every| judged(&place, "every", every)).transpose()?,
                steps: self.steps(&format!("{place}.step"), &step.steps, depth + 1)?,
            },
        };
        let operation = step.name.as_deref().map(|name| told(at("name"), self.known.operation(name)));
        Ok(Step { operation: operation.transpose()?, place, act })
    }

    fn expect(&self, place: &str, step: &ScriptStep) -> Told<Expect> {
        let at = |key: &'static str| (place, key);
        let text = |key: &'static str, text: &Option<String>| {
            text.as_deref().map(|text| told(at(key), Text::parse(text, &self.known))).transpose()
        };
        let pattern = Pattern {
            event: text("event", &step.event)?,
            text: text("text", &step.text)?,
            binary: step.base64.as_deref().map(|text| told(at("base64"), bytes(text))).transpose()?,
            contains: text("contains", &step.contains)?,
            matches: step.matches.as_deref().map(|text| told(at("matches"), regex(text))).transpose()?,
            conditions: self.conditions(place, "where", &step.conditions)?,
        };
        let others = step.others.unwrap_or_default();
        let other = match (others, &step.name) {
            (Others::Count, None) => {
                let message = "`others = \"count\"` times them as NAME.other: it needs a `name`".to_owned();
                return Err(unusable(&format!("{place}.others"), message));
            }
            (Others::Count, Some(name)) => {
                Some(told(at("others"), self.known.operation(&format!("{name}.other")))?)
            }
            _ => None,
        };
        Ok(Expect {
            on: self.channel(place, step)?,
            pattern,
            times: times(place, step)?,
            others,
            other,
            since: self.since(place, step)?,
            within: self.within(place, step)?,
            look: self.look(place, step)?,
        })
    }

    fn look(&self, place: &str, step: &ScriptStep) -> Told<Look> {
        let capture = step.capture.iter().map(|(name, text)| {
            let path = told((place, "capture"), path(text))?;
            Ok((self.known.slot(name), text.clone(), path))
        });
        Ok(Look {
            capture: capture.collect::<Told<_>>()?,
            check: self.conditions(place, "check", &step.check)?,
        })
    }

    fn conditions(
        &self,
        place: &str,
        key: &'static str,
        written: &BTreeMap<String, WrittenCondition>,
    ) -> Told<Vec<Condition>> {
        let conditions = written.iter();
        conditions
            .map(|(path, tests)| told((place, key), Condition::parse(path, tests, &self.known)))
            .collect()
    }

    fn message(&self, place: &str, step: &ScriptStep) -> Told<Option<Message>> {
        let at = |key: &'static str| (place, key);
        match (&step.json, &step.text, &step.base64) {
            (Some(json), None, None) => {
                told(at("json"), Json::parse(json, &self.known)).map(|json| Some(Message::Json(json)))
            }
            (None, Some(text), None) => {
                told(at("text"), Text::parse(text, &self.known)).map(|text| Some(Message::Text(text)))
            }
            (None, None, Some(text)) => {
                told(at("base64"), bytes(text)).map(|bytes| Some(Message::Binary(bytes)))
            }
            (None, None, None) => Ok(None),
            _ => Err(unusable(place, "one of `json`, `text` and `base64`, not several".to_owned())),
        }
    }

    fn request(&self, place: &str, step: &ScriptStep) -> Told<Request> {
        let body = self.message(place, step)?;
        let method = match &step.method {
            Some(method) => told((place, "method"), judge_method(method))?,
            None if body.is_some() => "POST".to_owned(),
            None => "GET".to_owned(),
        };
        let status = match &step.status {
            None => Vec::new(),
            Some(Status::One(status)) => vec![*status],
            Some(Status::Any(any)) => any.clone(),
        };
        if let Some(status) = status.iter().find(|status| !(100..=599).contains(*status)) {
            return Err(unusable(&format!("{place}.status"), format!("{status} is no status")));
        }
        let path = step.path.as_deref().unwrap_or_default();
        Ok(Request {
            method,
            path: self.path(place, "path", path, &step.query)?,
            headers: self.headers(place, &step.headers)?,
            body,
            status,
            within: self.within(place, step)?,
            look: self.look(place, step)?,
        })
    }

    fn path(
        &self,
        place: &str,
        key: &'static str,
        path: &str,
        query: &BTreeMap<String, String>,
    ) -> Told<Path> {
        if !path.starts_with('/') {
            let message = format!("{path:?} is no path: it begins with `/`, below the target's URL");
            return Err(unusable(&format!("{place}.{key}"), message));
        }
        let query = query.iter().map(|(name, value)| {
            Ok((name.clone(), told((place, "query"), Text::parse(value, &self.known))?))
        });
        Ok(Path {
            path: told((place, key), Text::parse(path, &self.known))?,
            query: query.collect::<Told<_>>()?,
        })
    }

    fn headers(&self, place: &str, headers: &BTreeMap<String, String>) -> Told<Vec<(String, Text)>> {
        let headers = headers.iter().map(|(name, value)| {
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if name.is_empty() || !name.chars().all(token) || value.contains(char::is_control) {
                let message = format!("`{name}: {value}` can't be sent as a header");
                return Err(unusable(&format!("{place}.headers"), message));
            }
            Ok((name.clone(), told((place, "headers"), Text::parse(value, &self.known))?))
        });
        headers.collect()
    }

    fn channels(&self) -> Told<Vec<Channel>> {
        let channels = self.known.channels.iter().map(|name| {
            let socket = self.scenario.connections.get(name).map(|written| {
                let place = format!("connection.{name}");
                let strange = |protocol: &String| {
                    protocol.is_empty() || protocol.contains(|c: char| !c.is_ascii_graphic() || c == ',')
                };
                if let Some(protocol) = written.subprotocols.iter().find(|protocol| strange(protocol)) {
                    let message = format!("{protocol:?} is no name of a subprotocol");
                    return Err(unusable(&format!("{place}.subprotocols"), message));
                }
                Ok(Socket {
                    path: self.path(&place, "ws", &written.ws, &written.query)?,
                    headers: self.headers(&place, &written.headers)?,
                    subprotocols: written.subprotocols.clone(),
                })
            });
            Ok(Channel { name: name.clone(), socket: socket.transpose()? })
        });
        channels.collect()
    }

    /// The sources with the columns that the scenario names anywhere.
    fn sources(&self) -> Told<Vec<Source>> {
        let mut columns: Vec<Vec<String>> = vec![Vec::new(); self.known.sources.len()];
        let script = serde_json::to_value((
            &self.scenario.connections,
            &self.scenario.begin,
            &self.scenario.steps,
            &self.scenario.end,
        ));
        texts(&script.unwrap_or_default(), &mut |text| {
            for part in text.split("${").skip(1) {
                let name = part.split('}').next().unwrap_or_default();
                if let Ok(Variable::Column { source, column }) = self.known.variable(name)
                    && !columns[source].contains(&column)
                {
                    columns[source].push(column);
                }
            }
        });
        let sources = self.scenario.data.iter().zip(columns).map(|((name, data), columns)| {
            let place = format!("data.{name}");
            if data.file.is_some() != data.rows.is_empty() {
                return Err(unusable(&place, "either a `file` or `rows`".to_owned()));
            }
            Ok(Source { name: name.clone(), pick: data.pick, columns })
        });
        sources.collect()
    }

    /// The channel that a step is about.
    fn channel(&self, place: &str, step: &ScriptStep) -> Told<usize> {
        match (&step.on, self.known.channels.as_slice()) {
            (Some(name), _) => told((place, "on"), self.known.channel(name)),
            (None, [_]) => Ok(0),
            (None, []) => Err(unusable(
                place,
                "there is no connection: `[connection.NAME]` with `ws = \"/path\"`, or a step `sse`"
                    .to_owned(),
            )),
            (None, several) => {
                let message = format!("`on` must say which connection: {}", several.join(", "));
                Err(unusable(place, message))
            }
        }
    }

    /// The same where it has to be a WebSocket.
    fn socket(&self, place: &str, step: &ScriptStep) -> Told<usize> {
        let sockets = &self.scenario.connections;
        let only = sockets.keys().next().filter(|_| sockets.len() == 1);
        let on = match (&step.on, only) {
            (None, Some(name)) => told((place, "on"), self.known.channel(name))?,
            _ => self.channel(place, step)?,
        };
        if sockets.contains_key(&self.known.channels[on]) {
            return Ok(on);
        }
        let message = format!("`{}` is an event stream, nothing can be sent there", self.known.channels[on]);
        Err(unusable(place, message))
    }

    fn since(&self, place: &str, step: &ScriptStep) -> Told<Option<usize>> {
        step.since.as_deref().map(|name| told((place, "since"), self.known.operation(name))).transpose()
    }

    fn within(&self, place: &str, step: &ScriptStep) -> Told<Duration> {
        judged(place, "within", step.within.unwrap_or(self.scenario.patience.request))
    }

    fn connecting(&self, place: &str, step: &ScriptStep) -> Told<Duration> {
        judged(place, "within", step.within.unwrap_or(self.scenario.patience.connect))
    }

    fn closing_time(&self, place: &str, step: &ScriptStep) -> Told<Duration> {
        judged(place, "within", step.within.unwrap_or(self.scenario.patience.close))
    }
}

/// A `send` with a name begins an operation, which the next `expect` without one on its connection ends.
fn pair(steps: &mut [Step]) {
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    for step in steps {
        match &mut step.act {
            Act::Send { on, .. } => {
                if let Some(operation) = step.operation {
                    open.insert(*on, operation);
                }
            }
            Act::Expect(expect) if step.operation.is_none() && expect.since.is_none() => {
                if let Some(operation) = open.remove(&expect.on) {
                    step.operation = Some(operation);
                    expect.since = Some(operation);
                }
            }
            _ => {}
        }
    }
}

/// Hands every text in `value` to `take`.
fn texts(value: &serde_json::Value, take: &mut dyn FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => take(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, take)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| texts(value, take)),
        _ => {}
    }
}

fn judge_method(method: &str) -> Result<String, String> {
    let fits = !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase() || c == '-');
    if fits { Ok(method.to_owned()) } else { Err(format!("{method:?} is no method such as GET")) }
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|error| format!("{text:?} is no base64: {error}"))
}

/// RFC 6455, section 7.4: what an endpoint may send.
fn closing(place: &str, code: u16) -> Told<u16> {
    match code {
        1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(code),
        _ => Err(unusable(&format!("{place}.code"), format!("{code} is no close code that may be sent"))),
    }
}

fn times(place: &str, step: &ScriptStep) -> Told<u64> {
    match step.times.unwrap_or(1) {
        times @ 1..=MOST_ROUNDS => Ok(times),
        times => {
            Err(unusable(&format!("{place}.times"), format!("{times} is not between 1 and {MOST_ROUNDS}")))
        }
    }
}

fn judged(place: &str, key: &str, time: Duration) -> Told<Duration> {
    if time.is_zero() || time > DAY {
        let message = format!("{time:?} is not between zero and a day");
        return Err(unusable(&format!("{place}.{key}"), message));
    }
    Ok(time)
}

fn told<T>((place, key): (&str, &str), result: Result<T, String>) -> Told<T> {
    result.map_err(|message| unusable(&format!("{place}.{key}"), message))
}

fn unusable(key: &str, message: String) -> Unusable {
    Unusable { key: key.to_owned(), message }
}
