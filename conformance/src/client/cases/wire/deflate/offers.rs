//! What a client offers, and what it does where that is declined.

use crate::checks::rfc7692::connection::FIELD;
use crate::checks::rfc7692::corpus::Corpus;
use crate::checks::{Check, ReasonCode, Step, ensure, fail};
use crate::client::Stage;
use crate::client::wire::echo::{data, same};
use crate::peer::deflate::{Agreement, PERMESSAGE_DEFLATE, extensions};

use super::connection::offered;

pub(super) fn checks() -> Vec<Check> {
    let mut all = vec![
        Check::client(
            "client-wire.deflate-offer",
            "Every offer of permessage-deflate has parameters that there are, each once, with values they may have",
            &["client-wire.deflate-offer"],
            well_formed,
        ),
        Check::client(
            "client-wire.deflate-declined",
            "Where the server declines, no message is compressed",
            &["client-wire.deflate-declined"],
            declined,
        ),
    ];
    all.extend(TOLD.iter().map(|told| {
        Check::client(told.id, told.title, &["client-wire.deflate-offer-told"], move |stage| {
            play(stage, told)
        })
        .features(&["echo", "offer"])
    }));
    all
}

/// An offer that the client is told to make.
#[derive(Debug)]
pub(crate) struct Told {
    /// Id of the check.
    pub(crate) id: &'static str,
    title: &'static str,
    /// What it is told.
    pub(crate) parameters: &'static str,
}

/// Offers with each parameter, and with none.
pub(crate) const TOLD: &[Told] = &[
    told("client-wire.deflate-offer-bare", "An offer without parameters is made as it is asked for", ""),
    told(
        "client-wire.deflate-offer-server-alone",
        "An offer with server_no_context_takeover is made as it is asked for",
        "server_no_context_takeover",
    ),
    told(
        "client-wire.deflate-offer-client-alone",
        "An offer with client_no_context_takeover is made as it is asked for",
        "client_no_context_takeover",
    ),
    told(
        "client-wire.deflate-offer-server-window",
        "An offer with server_max_window_bits is made as it is asked for",
        "server_max_window_bits=10",
    ),
    told(
        "client-wire.deflate-offer-client-window",
        "An offer with a value of client_max_window_bits is made as it is asked for",
        "client_max_window_bits=11",
    ),
];

const fn told(id: &'static str, title: &'static str, parameters: &'static str) -> Told {
    Told { id, title, parameters }
}

async fn well_formed(mut stage: Stage) -> Step {
    let visit = stage.echo_visit().await?;
    offered(&visit)?;
    let field: Vec<&str> = visit.request.values(FIELD).collect();
    for offer in extensions(field.iter().copied()).unwrap_or_default() {
        if offer.name != PERMESSAGE_DEFLATE {
            continue;
        }
        if let Err(fault) = Agreement::of(&offer) {
            return fail(ReasonCode::WrongValue, "an offer of permessage-deflate", fault.to_string());
        }
    }
    Ok(())
}

/// The reserved bits of every frame are judged as it comes.
async fn declined(mut stage: Stage) -> Step {
    let visit = stage.echo_visit().await?;
    offered(&visit)?;
    let mut link = visit.accept().await;
    for number in 0..2 {
        let message = Corpus::Prose.message(2_000, number);
        link.send_frame(&message.to_frame()).await;
        let soon = stage.soon();
        let echo = stage.while_alive(link.expect_with("the message back", soon, data)).await?;
        same(&echo, &message)?;
    }
    Ok(())
}

async fn play(mut stage: Stage, told: &'static Told) -> Step {
    let visit = stage.echo_visit_offering(told.parameters).await?;
    let wanted = match told.parameters {
        "" => PERMESSAGE_DEFLATE.to_owned(),
        parameters => format!("{PERMESSAGE_DEFLATE}; {parameters}"),
    };
    let wanted = extensions([wanted.as_str()].into_iter()).unwrap_or_default();
    let field: Vec<&str> = visit.request.values(FIELD).collect();
    let offers = extensions(field.iter().copied()).unwrap_or_default();
    ensure(
        offers == wanted,
        ReasonCode::WrongValue,
        &format!("an offer with {:?}", told.parameters),
        field.join(", "),
    )
}
