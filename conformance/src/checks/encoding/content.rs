//! One run, watched in two encodings: the events are the same, field by field.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::checks::{Check, Context, ReasonCode, Step, Stop, fail, field};

use super::reading::{BATCHED, DEFLATED, Got, PACKED, PLAIN, Wanted, join, join_with, next, question, up_to};

/// One case.
#[derive(Debug)]
pub(crate) struct ContentCase {
    /// Id of the check.
    pub(crate) id: String,
    /// Id of the mutant that spoils this case.
    pub(crate) spoilt: String,
    title: String,
    /// The other encoding.
    pub(crate) wanted: Wanted,
    /// How the events come to it.
    pub(crate) way: Way,
}

/// How events come to the other connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As they happen, from a query with a small result.
    Small,
    /// As they happen, from a query whose result is streamed.
    Streamed,
    /// By a resume, after the streamed query.
    Replayed,
}

impl Way {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Small => ("small", "a small result"),
            Self::Streamed => ("streamed", "a streamed result"),
            Self::Replayed => ("replayed", "a replay"),
        }
    }
}

/// All cases.
pub(crate) static CASES: LazyLock<Vec<ContentCase>> = LazyLock::new(|| {
    let wanted = |name, deflate, capabilities| Wanted { name, deflate, capabilities };
    let encodings = [
        DEFLATED,
        PACKED,
        BATCHED,
        wanted("deflate-msgpack", true, &["msgpack"]),
        wanted("deflate-batch", true, &["batch"]),
        wanted("msgpack-batch", false, &["msgpack", "batch"]),
        wanted("everything", true, &["msgpack", "batch"]),
    ];
    let mut cases = Vec::new();
    for wanted in encodings {
        for way in [Way::Small, Way::Streamed, Way::Replayed] {
            let (slug, about) = way.names();
            cases.push(ContentCase {
                id: format!("encoding.same-{}-{slug}", wanted.name),
                spoilt: format!("encoding.same-{}-{slug}-spoilt", wanted.name),
                title: format!("{about} in the encoding {:?} says what plain JSON says", wanted.name),
                wanted,
                way,
            });
        }
    }
    cases
});

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static ContentCase| {
        Check::new(&case.id, &case.title, &["encoding.same-content"], move |cx| same(cx, case))
    };
    CASES.iter().map(check).collect()
}

/// Attempts of a replay: on a busy machine the first events may be forgotten before the last have come.
const ATTEMPTS: usize = 3;

/// The events of one query, as plain JSON and in another encoding.
async fn same(cx: Context, case: &'static ContentCase) -> Step {
    for _ in 1..ATTEMPTS {
        match once(&cx, case).await {
            Err(Stop::Violation(violation)) if violation.expected == "recovered true" => {}
            ended => return ended,
        }
    }
    once(&cx, case).await
}

async fn once(cx: &Context, case: &'static ContentCase) -> Step {
    let session = cx.fresh_session();
    let (mut plain, acknowledged) = join_with(cx, &session, PLAIN, json!({})).await?;
    let mut watching = match case.way {
        Way::Replayed => None,
        _ => Some(join(cx, &session, case.wanted).await?),
    };
    plain.send(&question(case.way != Way::Small)).await;
    let expected = up_to(cx, &mut plain, "query_result").await?;
    let got = match &mut watching {
        Some(watching) => up_to(cx, watching, "query_result").await?,
        None => replayed(cx, &session, case.wanted, &acknowledged["epoch"]).await?,
    };
    compare(&events(&expected), &events(&got))
}

/// What a resume from the beginning brings.
async fn replayed(cx: &Context, session: &str, wanted: Wanted, epoch: &Value) -> Step<Vec<Got>> {
    let resume = json!({"resume": {"epoch": epoch, "offset": 0}});
    let (mut resumed, _) = join_with(cx, session, wanted, resume).await?;
    let answer = next(&mut resumed, "resumed", cx.soon()).await?;
    let Some(answer) = answer.first() else { return fail(ReasonCode::Missing, "resumed", "an empty batch") };
    field::equals(&answer.value, "type", "resumed")?;
    field::equals(&answer.value, "recovered", true)?;
    up_to(cx, &mut resumed, "query_result").await
}

/// The session events among messages: those with an offset of their own.
fn events(all: &[Got]) -> Vec<&Value> {
    let numbered = |got: &&Got| got.value.get("offset").is_some() && field::name(&got.value) != "resumed";
    all.iter().filter(numbered).map(|got| &got.value).collect()
}

/// Same events, same order, same fields. When each was sent is not part of its content.
fn compare(expected: &[&Value], got: &[&Value]) -> Step {
    let offsets = |events: &[&Value]| -> Vec<u64> {
        events.iter().filter_map(|event| event["offset"].as_u64()).collect()
    };
    let (all, some) = (offsets(expected), offsets(got));
    if all != some {
        let mut sorted = some.clone();
        sorted.sort_unstable();
        let code = if sorted == all { ReasonCode::WrongOrder } else { ReasonCode::Lost };
        return fail(code, format!("the events {all:?}"), format!("{some:?}"));
    }
    for (expected, got) in expected.iter().zip(got) {
        let (Some(fields), Some(others)) = (expected.as_object(), got.as_object()) else { continue };
        let names = fields.keys().chain(others.keys());
        for name in names.filter(|name| *name != "timestamp") {
            if fields.get(name) != others.get(name) {
                let show = |value: Option<&Value>| match value {
                    Some(value) => value.to_string().chars().take(160).collect(),
                    None => "nothing".to_owned(),
                };
                let what = format!("{name} of the {} {}", field::name(expected), expected["offset"]);
                return fail(
                    ReasonCode::WrongValue,
                    format!("{what} to be {}", show(fields.get(name))),
                    show(others.get(name)),
                );
            }
        }
    }
    Ok(())
}
