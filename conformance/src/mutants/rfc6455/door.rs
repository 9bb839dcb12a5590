//! The mutants of the table of upgrade requests: what is right is refused, what is wrong is let in.

use std::sync::LazyLock;

use crate::checks::ReasonCode;
use crate::checks::rfc6455::{Answer, Asking, askings};
use crate::mutants::{Fault, Mutant, Reply};
use crate::peer::{Request, Response, SAMPLE_KEY, upgrade_request};

/// Ids of the mutants.
static IDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let slug = |asking: &Asking| if asking.answer == Answer::Opens { "turned-away" } else { "let-in" };
    askings().map(|asking| format!("{}-{}", asking.id, slug(asking))).collect()
});

/// What they do.
static DESCRIPTIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let words = |asking: &Asking| {
        let what = if asking.answer == Answer::Opens { "refused with 400" } else { "upgraded" };
        format!("a request like this is {what}, of the case {:?}", asking.title)
    };
    askings().map(words).collect()
});

pub(super) fn mutants() -> Vec<Mutant> {
    let names = IDS.iter().zip(DESCRIPTIONS.iter());
    let mutant = |(asking, (id, words)): (&'static Asking, (&'static String, &'static String))| {
        let reason = match asking.answer {
            Answer::Opens => ReasonCode::WrongStatus,
            _ => ReasonCode::Accepted,
        };
        Mutant::wire(id, words, asking.id, reason, move || Porter { asking })
    };
    askings().zip(names).map(mutant).collect()
}

struct Porter {
    asking: &'static Asking,
}

impl Porter {
    /// A correct request in place of `seen`.
    fn correct(seen: &Request) -> Request {
        let host = seen.field("Host").unwrap_or("127.0.0.1");
        upgrade_request("/ws/echo", host, SAMPLE_KEY)
    }

    fn meets(&self, seen: &Request) -> bool {
        let asked = (self.asking.change)(Self::correct(seen).with("Sec-WebSocket-Key", SAMPLE_KEY));
        let bytes = asked.encode();
        Request::parse(&bytes).is_some_and(|asked| asked == *seen)
    }
}

impl Fault for Porter {
    fn on_request(&mut self, request: &Request) -> Reply {
        match (self.meets(request), self.asking.answer) {
            (false, _) => Reply::Pass,
            (true, Answer::Opens) => Reply::Answer(Response::new(400, "Bad Request", "")),
            (true, _) => Reply::Rewrite(Self::correct(request)),
        }
    }
}
