//! Compressed messages of every size come back the same: five kinds of payload with what browsers offer, and
//! seven offers, each whole and in fragments.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::time::Instant;

use crate::checks::{Check, Context, Step, Stop};
use crate::peer::Message;
use crate::peer::deflate::{Agreement, extensions};

use super::connection::{USUAL, open, patience, place_among_large};
use super::corpus::Corpus;

/// One case.
#[derive(Debug)]
pub(crate) struct EchoCase {
    /// Id of the check.
    pub(crate) id: String,
    /// Id of the mutant that spoils this case.
    pub(crate) spoilt: String,
    /// One line for people.
    pub(crate) title: String,
    requirement: &'static [&'static str],
    /// Values of the header field.
    pub(crate) offers: &'static [&'static str],
    /// What is sent.
    pub(crate) corpus: Corpus,
    /// Octets of a message.
    pub(crate) size: usize,
    /// Octets of a frame's payload, when messages are cut.
    pub(crate) fragment: Option<usize>,
    /// How many messages are sent.
    pub(crate) count: usize,
}

/// How many there are of the shortest.
const THOUSAND: usize = 1_000;
/// Octets of the messages of which a thousand are sent.
const OF_THOUSAND: usize = 300;
/// How many messages may be on their way: few enough for any buffer.
const ON_THE_WAY: usize = 32;
/// What is left of the time of a check for its last messages.
const LEFT: Duration = Duration::from_secs(2);

/// Octets of a message, and of a frame where the message is cut.
const SIZES: [(usize, Option<usize>); 18] = [
    (16, None),
    (64, None),
    (256, None),
    (1_024, None),
    (4_096, None),
    (8_192, None),
    (16_384, None),
    (32_768, None),
    (65_536, None),
    (131_072, None),
    (8_192, Some(256)),
    (16_384, Some(256)),
    (32_768, Some(256)),
    (65_536, Some(256)),
    (131_072, Some(256)),
    (131_072, Some(1_024)),
    (131_072, Some(4_096)),
    (131_072, Some(32_768)),
];

/// Offers, their names, and what they are in titles.
const OFFERS: [(&str, &[&str], &str); 7] = [
    ("plain", &["permessage-deflate"], "no parameter"),
    ("reset", &["permessage-deflate; server_no_context_takeover"], "no context of the server"),
    ("window-9", &["permessage-deflate; server_max_window_bits=9"], "a window of 512"),
    ("window-15", &["permessage-deflate; server_max_window_bits=15"], "a window of 32768"),
    (
        "reset-window-9",
        &["permessage-deflate; server_no_context_takeover; server_max_window_bits=9"],
        "no context and a window of 512",
    ),
    (
        "reset-window-15",
        &["permessage-deflate; server_no_context_takeover; server_max_window_bits=15"],
        "no context and a window of 32768",
    ),
    (
        "list",
        &["permessage-deflate; server_no_context_takeover; server_max_window_bits=9, permessage-deflate; \
           server_no_context_takeover, permessage-deflate"],
        "a list of offers",
    ),
];

/// All cases.
pub(crate) static CASES: LazyLock<Vec<EchoCase>> = LazyLock::new(|| {
    let kinds = [Corpus::Telemetry, Corpus::Prose, Corpus::Scripts, Corpus::Image, Corpus::Noise];
    let mut cases = Vec::new();
    for corpus in kinds {
        for (size, fragment) in SIZES {
            let (slug, cut) = size_names(size, fragment);
            cases.push(EchoCase {
                id: format!("deflate.echo-{}-{slug}", corpus.name()),
                spoilt: format!("deflate.echo-{}-{slug}-spoilt", corpus.name()),
                title: format!("compressed messages of {}, {cut}, come back the same", corpus.about()),
                requirement: &["deflate.messages"],
                offers: USUAL,
                corpus,
                size,
                fragment,
                count: usual_count(size),
            });
        }
    }
    for (name, offers, about) in OFFERS {
        for (size, fragment) in SIZES {
            let (slug, cut) = size_names(size, fragment);
            cases.push(EchoCase {
                id: format!("deflate.agreed-{name}-{slug}"),
                spoilt: format!("deflate.agreed-{name}-{slug}-spoilt"),
                title: format!("with {about} offered, compressed messages, {cut}, come back as agreed"),
                requirement: &["deflate.messages-as-agreed"],
                offers,
                corpus: Corpus::Telemetry,
                size,
                fragment,
                count: usual_count(size),
            });
        }
        cases.push(EchoCase {
            id: format!("deflate.agreed-{name}-thousand"),
            spoilt: format!("deflate.agreed-{name}-thousand-spoilt"),
            title: format!("with {about} offered, a thousand compressed messages come back in order"),
            requirement: &["deflate.messages-as-agreed"],
            offers,
            corpus: Corpus::Telemetry,
            size: OF_THOUSAND,
            fragment: None,
            count: THOUSAND,
        });
    }
    cases
});

/// Enough messages for a context to be taken over, bounded so that all cases together stay quick.
fn usual_count(size: usize) -> usize {
    (32 * 1024 / size).clamp(2, 32)
}

/// A size in ids and in titles.
fn size_names(size: usize, fragment: Option<usize>) -> (String, String) {
    match fragment {
        None => (format!("{size}"), format!("{size} octets each")),
        Some(cut) => (format!("{size}-by-{cut}"), format!("{size} octets each in frames of {cut}")),
    }
}

/// The cases of what browsers offer: each kind of payload in each size.
pub(crate) fn kinds() -> impl Iterator<Item = &'static EchoCase> {
    CASES.iter().filter(|case| case.offers == USUAL)
}

/// The cases of other offers, each with the offer, as far as they are others where the server's answer decides: not the
/// list, and of the offer without parameters only what [`kinds`] has not.
pub(crate) fn agreed() -> impl Iterator<Item = (&'static EchoCase, Agreement)> {
    let decided = |case: &'static EchoCase| {
        let offers = extensions(case.offers.iter().copied()).ok()?;
        let [offer] = offers.as_slice() else { return None };
        let agreement = Agreement::of(offer).ok()?;
        let among_kinds = agreement == Agreement::default() && case.count < THOUSAND;
        (case.offers != USUAL && !among_kinds).then_some((case, agreement))
    };
    CASES.iter().filter_map(decided)
}

impl EchoCase {
    /// The messages in words.
    pub(crate) fn what(&self) -> String {
        if self.count == THOUSAND {
            return "a thousand compressed messages".to_owned();
        }
        format!("compressed messages, {},", size_names(self.size, self.fragment).1)
    }

    /// Message `number`.
    pub(crate) fn message(&self, number: usize) -> Message {
        self.corpus.message(self.size, number)
    }
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static EchoCase| {
        Check::new(&case.id, &case.title, case.requirement, move |cx| echoed(cx, case))
    };
    CASES.iter().map(check).collect()
}

/// Every message comes back, in order, of the same kind, octet for octet.
async fn echoed(cx: Context, case: &'static EchoCase) -> Step {
    let _place = place_among_large().await;
    let mut connection = open(&cx, case.offers).await?;
    let until = Instant::now() + cx.pace().limit.saturating_sub(LEFT);
    for number in 0..case.count + ON_THE_WAY {
        if number < case.count {
            connection.send(&case.message(number), case.fragment).await;
        }
        if let Some(echo) = number.checked_sub(ON_THE_WAY).filter(|echo| *echo < case.count) {
            connection.expect_echo(&case.message(echo), patience(&cx)).await?;
        }
        if Instant::now() > until {
            let seen = format!("{number} of {} messages were exchanged in the time of a check", case.count);
            return Err(Stop::Harness(format!("{seen}: a larger --timing-scale gives more")));
        }
    }
    Ok(())
}
