//! The server's answer to an offer: what a client must take and go by, and what it must refuse.

use std::sync::LazyLock;

use crate::checks::rfc7692::connection::FIELD;
use crate::checks::rfc7692::corpus::Corpus;
use crate::checks::{Check, Step};
use crate::client::Stage;
use crate::client::wire::opening::{MARK, never_open};
use crate::peer::deflate::{LARGEST_WINDOW, PERMESSAGE_DEFLATE};
use crate::peer::{Frame, Message};

use super::connection::{Wanted, offered, open_in_form, text};

/// An answer that a client takes.
#[derive(Debug)]
pub(crate) struct Taken {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    requirements: [&'static str; 1],
    wanted: Wanted,
    form: fn(String) -> String,
}

/// Answers that are taken.
pub(crate) static TAKEN: LazyLock<Vec<Taken>> = LazyLock::new(|| {
    let plain = Wanted::default();
    let case = |slug: &str, what: &str, wanted: Wanted| Taken {
        id: format!("client-wire.deflate-{slug}"),
        title: format!("After an answer with {what} messages go both ways as was agreed"),
        requirements: ["client-wire.deflate-agreed"],
        wanted,
        form: |text| text,
    };
    let mut all = vec![
        // Nor does it confirm `client_no_context_takeover`, which is a hint (RFC 7692 §7.1.1.2).
        case("no-parameters", "no parameters", Wanted { hint_unanswered: true, ..plain }),
        case("server-alone", "server_no_context_takeover", Wanted { server_alone: true, ..plain }),
        case("client-alone", "client_no_context_takeover", Wanted { client_alone: true, ..plain }),
        case("both-alone", "nothing taken over", Wanted { server_alone: true, client_alone: true, ..plain }),
        Taken {
            form: |text| text.replace("=10", "=\"10\""),
            ..case("quoted-window", "a window in quotes", Wanted { server_bits: Some(10), ..plain })
        },
        Taken {
            form: |text| text.replace("; ", " ;\t  "),
            ..case("blanks", "blanks around its parts", Wanted { server_alone: true, ..plain })
        },
    ];
    for (server, client) in [(9, 9), (10, 14), (15, 11)] {
        let wanted = Wanted { server_bits: Some(server), client_bits: Some(client), ..plain };
        let what = format!("server_max_window_bits={server} and client_max_window_bits={client}");
        all.push(case(&format!("windows-{server}-{client}"), &what, wanted));
        let wanted = Wanted { server_alone: true, client_alone: true, ..wanted };
        let what = format!("all four parameters, the windows {server} and {client}");
        all.push(case(&format!("windows-{server}-{client}-alone"), &what, wanted));
    }
    for bits in 8..=15 {
        let wanted = Wanted { server_bits: Some(bits), ..plain };
        all.push(case(&format!("server-window-{bits}"), &format!("server_max_window_bits={bits}"), wanted));
        let wanted = Wanted { client_bits: Some(bits), ..plain };
        let asked = case(&format!("client-window-{bits}"), &format!("client_max_window_bits={bits}"), wanted);
        // The usual library knows no window of 256 octets, and whoever can't do what is answered refuses.
        let requirement =
            if bits == 8 { "client-wire.deflate-window-8" } else { "client-wire.deflate-agreed" };
        all.push(Taken { requirements: [requirement], ..asked });
    }
    all
});

/// An answer that fails the connection.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Id of the check.
    pub(crate) id: &'static str,
    title: &'static str,
    requirement: &'static [&'static str],
    /// What the client is told to offer; its own offer where that does not matter.
    told: Option<&'static str>,
    /// The answer, made of a good one to the offer.
    answer: fn(&str) -> String,
}

/// Answers that fail the connection (RFC 7692 §7.1).
pub(crate) const REFUSED: &[Refused] = &[
    answer("client-wire.deflate-unknown", "An answer with an unknown parameter", PARAMETERS, |good| {
        format!("{good}; made_up_by_the_suite")
    }),
    answer(
        "client-wire.deflate-unknown-value",
        "An answer with an unknown parameter that has a value",
        PARAMETERS,
        |good| format!("{good}; made_up_by_the_suite=10"),
    ),
    answer("client-wire.deflate-server-window-7", "An answer with server_max_window_bits=7", VALUES, |_| {
        window("server", "=7")
    }),
    answer(
        "client-wire.deflate-server-window-16",
        "An answer with server_max_window_bits=16",
        VALUES,
        |_| window("server", "=16"),
    ),
    answer(
        "client-wire.deflate-server-window-none",
        "An answer with server_max_window_bits and no value",
        VALUES,
        |_| window("server", ""),
    ),
    answer(
        "client-wire.deflate-server-window-word",
        "An answer with a word as server_max_window_bits",
        VALUES,
        |_| window("server", "=ten"),
    ),
    answer(
        "client-wire.deflate-server-window-zero",
        "An answer with server_max_window_bits=010",
        ZEROS,
        |_| window("server", "=010"),
    ),
    answer("client-wire.deflate-client-window-7", "An answer with client_max_window_bits=7", VALUES, |_| {
        window("client", "=7")
    }),
    answer(
        "client-wire.deflate-client-window-16",
        "An answer with client_max_window_bits=16",
        VALUES,
        |_| window("client", "=16"),
    ),
    answer(
        "client-wire.deflate-client-window-none",
        "An answer with client_max_window_bits and no value",
        VALUES,
        |_| window("client", ""),
    ),
    answer(
        "client-wire.deflate-client-window-word",
        "An answer with a word as client_max_window_bits",
        VALUES,
        |_| window("client", "=ten"),
    ),
    answer(
        "client-wire.deflate-client-window-zero",
        "An answer with client_max_window_bits=010",
        ZEROS,
        |_| window("client", "=010"),
    ),
    answer(
        "client-wire.deflate-server-alone-value",
        "An answer with a value of server_no_context_takeover",
        VALUES,
        |_| format!("{PERMESSAGE_DEFLATE}; server_no_context_takeover=1"),
    ),
    answer(
        "client-wire.deflate-client-alone-value",
        "An answer with a value of client_no_context_takeover",
        VALUES,
        |_| format!("{PERMESSAGE_DEFLATE}; client_no_context_takeover=true"),
    ),
    answer(
        "client-wire.deflate-alone-twice",
        "An answer with client_no_context_takeover twice",
        TWICE,
        |_| format!("{PERMESSAGE_DEFLATE}; client_no_context_takeover; client_no_context_takeover"),
    ),
    answer("client-wire.deflate-window-twice", "An answer with server_max_window_bits twice", TWICE, |_| {
        format!("{PERMESSAGE_DEFLATE}; server_max_window_bits=10; server_max_window_bits=12")
    }),
    answer(
        "client-wire.deflate-server-alone-twice",
        "An answer with server_no_context_takeover twice",
        TWICE,
        |_| format!("{PERMESSAGE_DEFLATE}; server_no_context_takeover; server_no_context_takeover"),
    ),
    answer(
        "client-wire.deflate-client-window-twice",
        "An answer with client_max_window_bits twice",
        TWICE,
        |_| format!("{PERMESSAGE_DEFLATE}; client_max_window_bits=10; client_max_window_bits=12"),
    ),
    answer("client-wire.deflate-semicolon-last", "An answer that ends with a semicolon", SYNTAX, |_| {
        format!("{PERMESSAGE_DEFLATE};")
    }),
    answer("client-wire.deflate-semicolons", "An answer with two semicolons in a row", SYNTAX, |_| {
        format!("{PERMESSAGE_DEFLATE};; server_no_context_takeover")
    }),
    answer("client-wire.deflate-no-semicolon", "An answer without a semicolon", SYNTAX, |_| {
        format!("{PERMESSAGE_DEFLATE} server_no_context_takeover")
    }),
    answer("client-wire.deflate-no-name", "An answer with a value without a name", SYNTAX, |_| {
        format!("{PERMESSAGE_DEFLATE}; =10")
    }),
    answer("client-wire.deflate-no-value", "An answer with an equals sign and no value", SYNTAX, |_| {
        window("server", "=")
    }),
    answer("client-wire.deflate-open-quote", "An answer with a quote that does not end", SYNTAX, |_| {
        window("server", "=\"10")
    }),
    answer(
        "client-wire.deflate-other-name",
        "An answer with an extension that was not offered",
        UNASKED,
        |_| "x-webkit-deflate-frame".to_owned(),
    ),
    answer(
        "client-wire.deflate-and-another",
        "An answer with an extension that was not offered behind the good one",
        UNASKED,
        |good| format!("{good}, x-unasked-of"),
    ),
    answer("client-wire.deflate-twice", "An answer with permessage-deflate twice", ONCE, |good| {
        format!("{good}, {good}")
    }),
    Refused {
        told: Some(""),
        ..answer(
            "client-wire.deflate-window-unasked",
            "client_max_window_bits, which was not offered,",
            FIT,
            |_| window("client", "=10"),
        )
    },
    Refused {
        told: Some("server_max_window_bits=10"),
        ..answer("client-wire.deflate-window-wider", "A server's window wider than was offered", FIT, |_| {
            window("server", "=11")
        })
    },
    Refused {
        told: Some("server_max_window_bits=10"),
        ..answer(
            "client-wire.deflate-window-unsaid",
            "An answer without the server_max_window_bits that were offered",
            FIT,
            |_| PERMESSAGE_DEFLATE.to_owned(),
        )
    },
    Refused {
        told: Some("client_max_window_bits=10"),
        ..answer(
            "client-wire.deflate-own-window-wider",
            "A client's window wider than was offered",
            FIT,
            |_| window("client", "=12"),
        )
    },
    Refused {
        told: Some("server_no_context_takeover"),
        ..answer(
            "client-wire.deflate-takeover-unsaid",
            "An answer without the server_no_context_takeover that was offered",
            FIT,
            |_| PERMESSAGE_DEFLATE.to_owned(),
        )
    },
];

const PARAMETERS: &[&str] = &["client-wire.deflate-parameters"];
const VALUES: &[&str] = &["client-wire.deflate-values"];
const ZEROS: &[&str] = &["client-wire.deflate-leading-zeros"];
const TWICE: &[&str] = &["client-wire.deflate-twice"];
const SYNTAX: &[&str] = &["client-wire.deflate-syntax"];
const UNASKED: &[&str] = &["client-wire.unasked"];
const ONCE: &[&str] = &["client-wire.deflate-once"];
const FIT: &[&str] = &["client-wire.deflate-fits-offer"];

const fn answer(
    id: &'static str,
    title: &'static str,
    requirement: &'static [&'static str],
    answer: fn(&str) -> String,
) -> Refused {
    Refused { id, title, requirement, told: None, answer }
}

fn window(side: &str, value: &str) -> String {
    format!("{PERMESSAGE_DEFLATE}; {side}_max_window_bits{value}")
}

pub(super) fn checks() -> Vec<Check> {
    let taken = |case: &'static Taken| {
        Check::client(&case.id, &case.title, &case.requirements, move |stage| play_taken(stage, case))
    };
    let refused = |case: &'static Refused| {
        let check = Check::client(case.id, &TITLES[case.id], case.requirement, move |stage| {
            play_refused(stage, case)
        });
        check.features(if case.told.is_some() { &["echo", "offer"] } else { &[] })
    };
    TAKEN.iter().map(taken).chain(REFUSED.iter().map(refused)).collect()
}

/// Titles of refused answers, complete.
static TITLES: LazyLock<std::collections::BTreeMap<&'static str, String>> = LazyLock::new(|| {
    REFUSED.iter().map(|case| (case.id, format!("{} fails the connection", case.title))).collect()
});

/// The same text again and again, and octets that repeat themselves just beyond the window: who refers to what it
/// must not, or forgets what it must know, shows it.
async fn play_taken(mut stage: Stage, case: &'static Taken) -> Step {
    let mut connection = open_in_form(&mut stage, case.wanted, case.form).await?;
    let bits = case.wanted.client_bits.or(case.wanted.server_bits).unwrap_or(LARGEST_WINDOW);
    let text = Corpus::Prose.message(600, 1);
    let Message::Binary(mut octets) = Corpus::Noise.message((1 << bits) + 100, 1) else { return Ok(()) };
    octets.extend_from_within(..80);
    let octets = Message::Binary(octets);
    for message in [&text, &text, &octets, &text] {
        connection.echo(&mut stage, message, usize::MAX).await?;
    }
    Ok(())
}

async fn play_refused(mut stage: Stage, case: &'static Refused) -> Step {
    let visit = match case.told {
        None => stage.echo_visit().await?,
        Some(parameters) => stage.echo_visit_offering(parameters).await?,
    };
    let good = text(&Wanted::default().answer(&offered(&visit)?)?);
    let mut response = visit.acceptance();
    response.set_field(MARK, Some(case.id));
    response.set_field(FIELD, Some(&(case.answer)(&good)));
    let mut link = visit.answer_with(&response, &[]).await;
    link.send_frame(&Frame::text("too early")).await;
    never_open(&mut stage, &mut link).await
}
