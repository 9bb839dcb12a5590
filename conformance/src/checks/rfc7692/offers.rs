//! What is offered and what may be answered (RFC 7692 §5 and §7.1).

use std::sync::LazyLock;

use crate::checks::shell::Line;
use crate::checks::{Check, Context, ReasonCode, Step, fail};
use crate::peer::Response;
use crate::peer::deflate::{AnswerFault, PERMESSAGE_DEFLATE, Style, judge_answer};

use super::connection::{Connection, FIELD, declined, expect_echo, judged, patience, request};
use super::corpus::Corpus;

/// What a target may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// An answer that fits one of the offers, or none.
    Fitting,
    /// Nothing: no offer may be taken. Refusing the handshake is allowed too.
    Nothing,
}

/// One case.
#[derive(Debug)]
pub(crate) struct OfferCase {
    /// Id of the check.
    pub(crate) id: String,
    /// Id of the mutant that spoils this case.
    pub(crate) spoilt: String,
    title: String,
    requirement: &'static [&'static str],
    /// Values of the header field.
    pub(crate) offers: Vec<String>,
    /// What may be answered.
    pub(crate) allowed: Allowed,
    /// An answer that is wrong for these offers.
    pub(crate) wrong: &'static str,
}

/// All cases.
pub(crate) static CASES: LazyLock<Vec<OfferCase>> = LazyLock::new(|| {
    let mut cases = Vec::new();
    for (slug, about, offers, wrong) in FITTING {
        let offers = offers.iter().map(|offer| (*offer).to_owned()).collect();
        cases.push(fitting(slug, format!("the answer to {about} fits it"), offers, wrong));
    }
    for bits in 8..=15_u8 {
        let offer = |name: &str| vec![format!("permessage-deflate; {name}={bits}")];
        let title = format!("server_max_window_bits={bits} is answered with no larger window, or declined");
        let wrong = if bits < 15 { WIDER[usize::from(bits) - 8] } else { NONE_WIDER };
        cases.push(fitting(&format!("server-window-{bits}"), title, offer("server_max_window_bits"), wrong));
        let title = format!("client_max_window_bits={bits} is answered with no larger window, or not");
        let wrong = if bits < 15 { CLIENT_WIDER[usize::from(bits) - 8] } else { CLIENT_EMPTY };
        cases.push(fitting(&format!("client-window-{bits}"), title, offer("client_max_window_bits"), wrong));
    }
    for (slug, about, offers) in DECLINED {
        cases.push(OfferCase {
            id: format!("deflate.declined-{slug}"),
            spoilt: format!("deflate.declined-{slug}-taken"),
            title: format!("{about} is not taken"),
            requirement: &["deflate.invalid-offers"],
            offers: offers.iter().map(|offer| (*offer).to_owned()).collect(),
            allowed: Allowed::Nothing,
            wrong: PERMESSAGE_DEFLATE,
        });
    }
    cases
});

const WIDER: [&str; 7] = [
    "permessage-deflate; server_max_window_bits=9",
    "permessage-deflate; server_max_window_bits=10",
    "permessage-deflate; server_max_window_bits=11",
    "permessage-deflate; server_max_window_bits=12",
    "permessage-deflate; server_max_window_bits=13",
    "permessage-deflate; server_max_window_bits=14",
    "permessage-deflate; server_max_window_bits=15",
];
const CLIENT_WIDER: [&str; 7] = [
    "permessage-deflate; client_max_window_bits=9",
    "permessage-deflate; client_max_window_bits=10",
    "permessage-deflate; client_max_window_bits=11",
    "permessage-deflate; client_max_window_bits=12",
    "permessage-deflate; client_max_window_bits=13",
    "permessage-deflate; client_max_window_bits=14",
    "permessage-deflate; client_max_window_bits=15",
];
const NONE_WIDER: &str = "permessage-deflate; server_max_window_bits=16";
const CLIENT_EMPTY: &str = "permessage-deflate; client_max_window_bits";
const CLIENT_UNASKED: &str = "permessage-deflate; client_max_window_bits=15";

/// Offers that may be taken: slug, what they are, values, a wrong answer.
const FITTING: [(&str, &str, &[&str], &str); 18] = [
    ("plain", "an offer without parameters", &["permessage-deflate"], CLIENT_UNASKED),
    (
        "server-reset",
        "server_no_context_takeover",
        &["permessage-deflate; server_no_context_takeover"],
        PERMESSAGE_DEFLATE,
    ),
    (
        "client-reset",
        "client_no_context_takeover",
        &["permessage-deflate; client_no_context_takeover"],
        "permessage-deflate; client_no_context_takeover=1",
    ),
    (
        "both-reset",
        "an offer of no context takeover on both sides",
        &["permessage-deflate; client_no_context_takeover; server_no_context_takeover"],
        "permessage-deflate; client_no_context_takeover",
    ),
    ("client-window", "client_max_window_bits without a value", &[CLIENT_EMPTY], CLIENT_EMPTY),
    (
        "everything",
        "an offer with every parameter",
        &["permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
           server_max_window_bits=12; client_max_window_bits=11"],
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12",
    ),
    (
        "reversed",
        "parameters in another order",
        &[
            "permessage-deflate; client_max_window_bits; server_max_window_bits=10; server_no_context_takeover",
        ],
        "permessage-deflate; server_max_window_bits=10",
    ),
    (
        "quoted-server-window",
        "a quoted value",
        &["permessage-deflate; server_max_window_bits=\"10\""],
        "permessage-deflate; server_max_window_bits=11",
    ),
    (
        "quoted-client-window",
        "a quoted value of the client's window",
        &["permessage-deflate; client_max_window_bits=\"12\""],
        "permessage-deflate; client_max_window_bits=13",
    ),
    (
        "blanks",
        "an offer with blanks and tabs",
        &["  permessage-deflate ;\tserver_no_context_takeover  "],
        "permessage-deflate; client_no_context_takeover",
    ),
    ("empty-members", "a list with empty members", &[" , ,permessage-deflate,, "], "permessage-deflate;"),
    (
        "two-fields",
        "offers in two fields",
        &["permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_no_context_takeover"],
        PERMESSAGE_DEFLATE,
    ),
    (
        "two-offers",
        "two offers in one field",
        &["permessage-deflate; server_max_window_bits=9, permessage-deflate; server_max_window_bits=13"],
        "permessage-deflate; server_max_window_bits=14",
    ),
    (
        "unknown-before",
        "an unknown extension before it",
        &["x-unheard-of; level=\"9\", permessage-deflate"],
        "x-unheard-of; level=9, permessage-deflate",
    ),
    ("unknown-after", "an unknown extension after it", &["permessage-deflate, x-unheard-of"], "x-unheard-of"),
    (
        "second-of-two",
        "an offer behind one that can't be taken",
        &["permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=10"],
        "permessage-deflate; server_max_window_bits=15",
    ),
    (
        "behind-unknown-parameter",
        "an offer behind one with an unknown parameter",
        &["permessage-deflate; unheard_of, permessage-deflate; server_no_context_takeover"],
        "permessage-deflate; unheard_of",
    ),
    (
        "behind-duplicate",
        "an offer behind one with a parameter twice",
        &["permessage-deflate; client_max_window_bits; client_max_window_bits, permessage-deflate; \
           server_no_context_takeover"],
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    ),
];

/// Those in which something has to be passed over before the offer.
const FURTHER: [&str; 4] = ["empty-members", "second-of-two", "behind-unknown-parameter", "behind-duplicate"];

/// Offers that must not be taken: slug, what they are, values.
const DECLINED: [(&str, &str, &[&str]); 30] = [
    ("unknown-parameter", "an unknown parameter", &["permessage-deflate; unheard_of"]),
    ("unknown-value", "an unknown parameter with a value", &["permessage-deflate; level=9"]),
    (
        "server-reset-value",
        "server_no_context_takeover with a value",
        &["permessage-deflate; server_no_context_takeover=1"],
    ),
    (
        "client-reset-value",
        "client_no_context_takeover with a value",
        &["permessage-deflate; client_no_context_takeover=true"],
    ),
    (
        "server-window-empty",
        "server_max_window_bits without a value",
        &["permessage-deflate; server_max_window_bits"],
    ),
    ("server-window-0", "a server window of 0 bits", &["permessage-deflate; server_max_window_bits=0"]),
    ("server-window-7", "a server window of 7 bits", &["permessage-deflate; server_max_window_bits=7"]),
    ("server-window-16", "a server window of 16 bits", &["permessage-deflate; server_max_window_bits=16"]),
    ("server-window-300", "a server window of 300 bits", &["permessage-deflate; server_max_window_bits=300"]),
    (
        "server-window-huge",
        "a server window beyond every number",
        &["permessage-deflate; server_max_window_bits=99999999999999999999"],
    ),
    ("server-window-zero-led", "a leading zero", &["permessage-deflate; server_max_window_bits=08"]),
    ("server-window-signed", "a signed server window", &["permessage-deflate; server_max_window_bits=+9"]),
    (
        "server-window-negative",
        "a negative server window",
        &["permessage-deflate; server_max_window_bits=-9"],
    ),
    ("server-window-fraction", "a fraction", &["permessage-deflate; server_max_window_bits=9.0"]),
    ("server-window-word", "a server window in words", &["permessage-deflate; server_max_window_bits=nine"]),
    ("server-window-hex", "a hexadecimal server window", &["permessage-deflate; server_max_window_bits=0xa"]),
    ("client-window-0", "a client window of 0 bits", &["permessage-deflate; client_max_window_bits=0"]),
    ("client-window-7", "a client window of 7 bits", &["permessage-deflate; client_max_window_bits=7"]),
    ("client-window-16", "a client window of 16 bits", &["permessage-deflate; client_max_window_bits=16"]),
    (
        "client-window-zero-led",
        "a client window with a leading zero",
        &["permessage-deflate; client_max_window_bits=09"],
    ),
    ("client-window-word", "a client window in words", &["permessage-deflate; client_max_window_bits=max"]),
    (
        "server-reset-twice",
        "server_no_context_takeover twice",
        &["permessage-deflate; server_no_context_takeover; server_no_context_takeover"],
    ),
    (
        "client-reset-twice",
        "client_no_context_takeover twice",
        &["permessage-deflate; client_no_context_takeover; client_no_context_takeover"],
    ),
    (
        "server-window-twice",
        "server_max_window_bits twice",
        &["permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"],
    ),
    (
        "client-window-twice",
        "client_max_window_bits twice",
        &["permessage-deflate; client_max_window_bits; client_max_window_bits=10"],
    ),
    ("another-name", "an extension of another name", &["x-webkit-deflate-frame"]),
    ("longer-name", "a name that goes on", &["permessage-deflate2"]),
    (
        "no-equals",
        "a parameter without a semicolon before it",
        &["permessage-deflate client_max_window_bits"],
    ),
    ("open-quote", "a quote that does not end", &["permessage-deflate; server_max_window_bits=\"10"]),
    ("empty-value", "a value that is empty", &["permessage-deflate; server_max_window_bits="]),
];

fn fitting(slug: &str, title: String, offers: Vec<String>, wrong: &'static str) -> OfferCase {
    OfferCase {
        id: format!("deflate.offer-{slug}"),
        spoilt: format!("deflate.offer-{slug}-misanswered"),
        title,
        requirement: if FURTHER.contains(&slug) { &["deflate.further-offers"] } else { &["deflate.answer"] },
        offers,
        allowed: Allowed::Fitting,
        wrong,
    }
}

impl OfferCase {
    /// The line that offers it.
    fn by_hand(&self) -> Option<String> {
        let offers: Vec<&str> = self.offers.iter().map(String::as_str).collect();
        Line::open(&offers).look(match self.allowed {
            Allowed::Fitting => "101, and a Sec-WebSocket-Extensions that fits the offer, or none",
            Allowed::Nothing => "101 without Sec-WebSocket-Extensions, or a status of 400 or more",
        })
    }

    /// The reason the check gives for the wrong answer.
    pub(crate) fn reason(&self) -> ReasonCode {
        let offers = self.offers.iter().map(String::as_str);
        match (self.allowed, judge_answer(offers, [self.wrong].into_iter())) {
            (Allowed::Nothing, _) => ReasonCode::Accepted,
            (_, Err(AnswerFault::Form(_))) => ReasonCode::Malformed,
            (_, Err(AnswerFault::Offer(_))) => ReasonCode::WrongValue,
            (_, Err(_) | Ok(_)) => ReasonCode::Unexpected,
        }
    }
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static OfferCase| {
        Check::new(&case.id, &case.title, case.requirement, move |cx| answered(cx, case))
            .by_hand(|| case.by_hand())
    };
    let mut all: Vec<Check> = CASES.iter().map(check).collect();
    all.push(Check::new(
        "deflate.not-offered",
        "nothing is answered where nothing was offered",
        &["deflate.not-offered"],
        not_offered,
    ));
    all.push(Check::new(
        "deflate.largest-window-named",
        "server_max_window_bits=15 is accepted by naming it",
        &["deflate.window-named"],
        largest_named,
    ));
    all
}

/// The answer fits an offer and what follows is compressed as it says. Where the target declines the offer, what
/// follows is not compressed and comes back.
async fn answered(cx: Context, case: &'static OfferCase) -> Step {
    let offers: Vec<&str> = case.offers.iter().map(String::as_str).collect();
    let request = request(&cx, &offers);
    if case.allowed == Allowed::Nothing {
        return expect_declined(&cx.exchange("echo", &request).await?, &offers.join(", "));
    }
    let mut peer = cx.upgrade(&request).await?;
    let Some(agreement) = judged(&peer, &offers)? else {
        let message = Corpus::Prose.message(3_000, 0);
        peer.send_frame(message.to_frame()).await;
        expect_echo(&mut peer, &message, patience(&cx)).await?;
        return Err(declined(&cx, &offers));
    };
    let mut connection = Connection::new(peer, agreement, &offers, Style::Usual);
    for number in 0..3 {
        connection.echo(&cx, &Corpus::Prose.message(3_000, number)).await?;
    }
    Ok(())
}

/// The handshake succeeds without the extension, or fails for its malformed field.
fn expect_declined(response: &Response, offer: &str) -> Step {
    let expected = format!("{offer:?} to be declined");
    match response.status {
        101 => {}
        400..=499 => return Ok(()),
        status => return fail(ReasonCode::WrongStatus, expected, format!("status {status}")),
    }
    match response.field(FIELD) {
        None => Ok(()),
        Some(answer) if answer.trim().is_empty() => Ok(()),
        Some(answer) => fail(ReasonCode::Accepted, expected, format!("{FIELD}: {answer}")),
    }
}

/// Without an offer there is no answer.
async fn not_offered(cx: Context) -> Step {
    let peer = cx.upgrade(&request(&cx, &[])).await?;
    match peer.response().field(FIELD) {
        None => Ok(()),
        Some(answer) => fail(ReasonCode::Unexpected, format!("no {FIELD}"), answer),
    }
}

/// Also where the parameter changes nothing, it is accepted by naming it.
async fn largest_named(cx: Context) -> Step {
    let offers = ["permessage-deflate; server_max_window_bits=15"];
    let peer = cx.upgrade(&request(&cx, &offers)).await?;
    match judged(&peer, &offers)? {
        Some(agreement) if agreement.server_max_window_bits.is_none() => {
            let answer = peer.response().field(FIELD).unwrap_or_default();
            fail(ReasonCode::Missing, "server_max_window_bits in the answer", answer)
        }
        Some(_) => Ok(()),
        None => Err(declined(&cx, &offers)),
    }
}
