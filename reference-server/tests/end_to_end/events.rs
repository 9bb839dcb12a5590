//! An event source: reads a stream of server-sent events as the standard says.

use http::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use crate::rig::soon;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// What a stream gives next.
#[derive(Debug)]
pub(crate) enum Next {
    Event(Event),
    Comment(String),
    End,
    Broken,
}

/// The reader of a stream.
pub(crate) struct Source {
    body: Incoming,
    text: String,
}

impl Source {
    pub(crate) fn new(answer: Response<Incoming>) -> Self {
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { body: answer.into_body(), text: String::new() }
    }

    /// The next event or comment, or the end.
    pub(crate) async fn next(&mut self) -> Next {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(next) = parse(&block) {
                    return next;
                }
                continue;
            }
            match soon(self.body.frame()).await {
                None => return Next::End,
                Some(Err(_)) => return Next::Broken,
                Some(Ok(frame)) => {
                    let data = frame.into_data().unwrap_or_default();
                    self.text.push_str(std::str::from_utf8(&data).unwrap());
                }
            }
        }
    }

    /// The next event; comments are passed over.
    pub(crate) async fn event(&mut self) -> Event {
        loop {
            match self.next().await {
                Next::Event(event) => return event,
                Next::Comment(_) => {}
                other => panic!("expected an event, got {other:?}"),
            }
        }
    }

    /// All events up to one of that name.
    pub(crate) async fn up_to(&mut self, name: &str) -> Vec<Event> {
        let mut seen = Vec::new();
        loop {
            let event = self.event().await;
            let found = event.name == name;
            seen.push(event);
            if found {
                return seen;
            }
        }
    }

    /// Passes over what comes until the end; whether that was in order.
    pub(crate) async fn ended(&mut self) -> bool {
        loop {
            match self.next().await {
                Next::End => return true,
                Next::Broken => return false,
                Next::Event(_) | Next::Comment(_) => {}
            }
        }
    }
}

fn parse(block: &str) -> Option<Next> {
    let (mut id, mut name, mut data, mut comment) = (None, String::new(), String::new(), None);
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("id", value)) => id = Some(value.to_owned()),
            Some(("event", value)) => value.clone_into(&mut name),
            Some(("data", value)) => data.push_str(value),
            Some(("", value)) => comment = Some(value.to_owned()),
            Some(("retry", value)) => assert!(value.parse::<u64>().is_ok()),
            other => panic!("no field of an event: {other:?}"),
        }
    }
    if let Some(comment) = comment {
        return Some(Next::Comment(comment));
    }
    (!data.is_empty()).then(|| Next::Event(Event { id, name, data: serde_json::from_str(&data).unwrap() }))
}
