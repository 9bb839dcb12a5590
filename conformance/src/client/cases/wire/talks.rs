//! The talks of the server's tables, with the parts exchanged: what a client says there to a server is said here by the
//! server to a client, which has to answer, to refuse and to end in the same way.

use std::sync::LazyLock;

use crate::checks::rfc6455::{self, converse};
use crate::checks::{Check, Step};
use crate::client::Stage;

/// A row of a server's table, for clients.
pub(crate) struct Played {
    /// Id of the check.
    pub(crate) id: String,
    /// The row.
    pub(crate) case: &'static rfc6455::Case,
    title: String,
    requirements: [&'static str; 1],
}

/// Those of all rows that can be asked of clients.
pub(crate) static PLAYED: LazyLock<Vec<Played>> = LazyLock::new(|| {
    let played = |case: &'static rfc6455::Case| {
        let requirement = case.requirements.iter().find_map(|id| of_clients(id))?;
        (!SERVERS_ONLY.contains(&case.id.as_str())).then(|| Played {
            id: format!("client-wire.{}", case.id.replacen('.', "-", 1)),
            title: exchanged(&case.title),
            requirements: [requirement],
            case,
        })
    };
    rfc6455::cases().iter().filter_map(played).collect()
});

/// Rows that are no matter of clients although others of their requirement are: 1010 is a code that only clients send.
const SERVERS_ONLY: [&str; 1] = ["closing.code-1010"];

/// What is asked of clients where servers are asked for `requirement`; nothing about masks, which a server does not set.
fn of_clients(requirement: &str) -> Option<&'static str> {
    Some(match requirement {
        "frames.lengths" | "messages.unaltered" => "client-wire.lengths",
        "frames.pieces" => "client-wire.chops",
        "frames.length-form" => "client-wire.length-form",
        "frames.length-bit" => "client-wire.length-bit",
        "frames.announced-length" => "client-wire.announced-length",
        "frames.reserved-bits" => "client-wire.reserved-bits",
        "frames.reserved-opcodes" => "client-wire.reserved-opcodes",
        "frames.nothing-after-violation" => "client-wire.nothing-after-violation",
        "frames.ping-answered" | "frames.last-ping-answered" | "messages.ping-before-rest" => {
            "client-wire.pong"
        }
        "frames.unasked-pong" => "client-wire.pong-unasked",
        "frames.control-length" => "client-wire.long-control",
        "frames.control-fragmented" => "client-wire.fragmented-control",
        "messages.fragments" | "messages.control-between" | "utf8.cut-by-fragments" => {
            "client-wire.fragments"
        }
        "messages.order" => "client-wire.sequence",
        "messages.sizes" | "messages.fragmented-sizes" | "messages.sizes-in-pieces" => {
            "client-wire.large-messages"
        }
        "messages.many" => "client-wire.many-messages",
        "utf8.valid" => "client-wire.characters",
        "utf8.invalid" | "utf8.invalid-by-fragments" => "client-wire.utf8",
        "utf8.binary" => "client-wire.binary",
        "utf8.cut-by-tcp" => "client-wire.characters-cut-by-tcp",
        "utf8.fails-fast-by-fragment" | "utf8.fails-fast-by-octet" => "client-wire.utf8-fails-fast",
        "frames.reserved-code"
        | "frames.control-code"
        | "messages.order-code"
        | "utf8.code"
        | "closing.invalid-code-is-1002"
        | "closing.broken-payload-code" => "client-wire.failure-codes",
        "closing.answered" | "closing.valid-codes" | "closing.reasons" | "closing.empty" => {
            "client-wire.close-answered"
        }
        "closing.tcp-ends" => "client-wire.tcp-ends",
        "closing.nothing-behind" => "client-wire.close-is-last",
        "closing.half-close" => "client-wire.half-close",
        "closing.violation-ends-tcp" => "client-wire.violation-ends-tcp",
        "closing.registered-codes" => "client-wire.close-registered-codes",
        "closing.code-echoed" => "client-wire.close-code-echoed",
        "closing.invalid-codes" => "client-wire.close-codes-forbidden",
        "closing.codes-beyond" => "client-wire.close-codes-beyond",
        "closing.broken-payload" => "client-wire.close-payload",
        "hostile.garbage" => "client-wire.garbage",
        _ => return None,
    })
}

/// The title with client and server in each other's place.
fn exchanged(title: &str) -> String {
    let swapped = |word: &str| match word {
        "client" => "server".to_owned(),
        "server" => "client".to_owned(),
        other => other.replace("client's", "server's"),
    };
    title.split(' ').map(swapped).collect::<Vec<_>>().join(" ")
}

pub(super) fn checks() -> Vec<Check> {
    let check = |played: &'static Played| {
        Check::client(&played.id, &played.title, &played.requirements, move |stage| play(stage, played))
            // What is made of a message is held on both sides.
            .weight(played.case.weight * 3)
    };
    PLAYED.iter().map(check).collect()
}

async fn play(mut stage: Stage, played: &'static Played) -> Step {
    let link = stage.echo().await?;
    let cx = stage.cx.clone();
    stage.while_alive(converse(&cx, link, played.case.talk())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What servers alone are asked for: masks, and how long they wait for the answer to a close of their own.
    const OF_SERVERS: [&str; 4] =
        ["frames.mask-keys", "frames.unmasked", "frames.unmasked-code", "closing.unanswered"];

    #[test]
    fn every_row_is_asked_of_clients_or_named_as_none_of_theirs() {
        for case in rfc6455::cases() {
            let known = |id: &&str| of_clients(id).is_some() || OF_SERVERS.contains(id);
            assert!(case.requirements.iter().all(known), "{}: {:?}", case.id, case.requirements);
        }
        for id in SERVERS_ONLY {
            assert!(rfc6455::cases().iter().any(|case| case.id == id), "{id}");
        }
    }

    #[test]
    fn titles_exchange_the_sides() {
        assert_eq!(
            exchanged("when the client's stream ends the server ends TCP"),
            "when the server's stream ends the client ends TCP"
        );
    }
}
