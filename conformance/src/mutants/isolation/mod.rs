//! Deliberate violations for the area `isolation`, each meant for the actors of one check.

mod counts;
mod leaks;
mod reach;

use super::Mutant;
use super::shared::About;
use crate::checks::ReasonCode;

pub(crate) fn mutants() -> Vec<Mutant> {
    [heard_doors(), heard_otherwise(), commanded(), ended(), counted(), selected()].concat()
}

fn about(id: &'static str, check: &'static str, description: &'static str, reason: ReasonCode) -> About {
    About { id, check, description, reason }
}

fn heard_doors() -> Vec<Mutant> {
    use ReasonCode::Leak;
    vec![
        leaks::leak(about(
            "isolation.query-door--leak",
            "isolation.query-door",
            "events reach another session's connection on the query door",
            Leak,
        )),
        leaks::leak(about(
            "isolation.same-user--leak",
            "isolation.same-user",
            "events reach every session of their user",
            Leak,
        )),
        leaks::leak(about(
            "isolation.progress-door--leak",
            "isolation.progress-door",
            "events reach the progress door of another session",
            Leak,
        )),
        leaks::leak(about(
            "isolation.demo-door--leak",
            "isolation.demo-door",
            "events reach demos that subscribed",
            Leak,
        )),
        leaks::leak(about(
            "isolation.demo-api-door--leak",
            "isolation.demo-api-door",
            "events reach demos on the other path",
            Leak,
        )),
        leaks::leak(about(
            "isolation.demo-claims--leak",
            "isolation.demo-claims",
            "events reach a demo that claimed their session",
            Leak,
        )),
        leaks::leak(about(
            "isolation.chat-door--leak",
            "isolation.chat-door",
            "events reach another session's chat",
            Leak,
        )),
        leaks::leak(about(
            "isolation.no-handshake--leak",
            "isolation.no-handshake",
            "events reach those who shook no hands",
            Leak,
        )),
    ]
}

fn heard_otherwise() -> Vec<Mutant> {
    use ReasonCode::Leak;
    vec![
        leaks::poll_leaks(about(
            "isolation.polling--poll-leaks",
            "isolation.polling",
            "polling shows events of other sessions",
            Leak,
        )),
        leaks::leak(about(
            "isolation.posted--leak",
            "isolation.posted",
            "events of a query over HTTP reach other sessions",
            Leak,
        )),
        leaks::leak(about(
            "isolation.selected--leak",
            "isolation.selected",
            "a selection is told to other sessions",
            Leak,
        )),
        leaks::answers_leak(about(
            "isolation.answers--answers-leak",
            "isolation.answers",
            "answers reach the other windows of a session",
            Leak,
        )),
        leaks::foreign_in_snapshot(about(
            "isolation.snapshot--foreign-in-snapshot",
            "isolation.snapshot",
            "a snapshot lists a query of another session",
            Leak,
        )),
    ]
}

fn commanded() -> Vec<Mutant> {
    use ReasonCode::{Accepted, WrongValue};
    vec![
        reach::obeyed(about(
            "isolation.pause--obeyed",
            "isolation.pause",
            "a foreign pause is answered as obeyed",
            Accepted,
        )),
        reach::obeyed(about(
            "isolation.go-on--obeyed",
            "isolation.go-on",
            "a foreign resume is answered as obeyed",
            Accepted,
        )),
        reach::obeyed(about(
            "isolation.retry--obeyed",
            "isolation.retry",
            "a foreign retry is answered as obeyed",
            Accepted,
        )),
        reach::obeyed(about(
            "isolation.cancel-from-chat--obeyed",
            "isolation.cancel-from-chat",
            "a foreign cancel from the chat door is answered as obeyed",
            Accepted,
        )),
        reach::obeyed(about(
            "isolation.cancel-from-demo--obeyed",
            "isolation.cancel-from-demo",
            "a foreign cancel from the demo door is answered as obeyed",
            Accepted,
        )),
        reach::recovered(about(
            "isolation.foreign-epoch--recovered",
            "isolation.foreign-epoch",
            "a foreign epoch is taken",
            WrongValue,
        )),
        reach::recovered(about(
            "isolation.foreign-epoch-by-address--recovered",
            "isolation.foreign-epoch-by-address",
            "a foreign epoch in an address is taken",
            WrongValue,
        )),
        reach::poll_recovered(about(
            "isolation.foreign-epoch-by-poll--poll-recovered",
            "isolation.foreign-epoch-by-poll",
            "a foreign epoch is taken when polling",
            WrongValue,
        )),
    ]
}

fn ended() -> Vec<Mutant> {
    use ReasonCode::{Closed, Refused, WrongStatus};
    vec![
        reach::superseded_from_afar(about(
            "isolation.same-agent--superseded-from-afar",
            "isolation.same-agent",
            "agents of one name supersede each other across sessions",
            Closed,
        )),
        reach::closed_with_another(about(
            "isolation.deleted--closed-with-another",
            "isolation.deleted",
            "deleting a session ends the others of its user",
            Closed,
        )),
        reach::given_away(about(
            "isolation.bound--given-away",
            "isolation.bound",
            "a bound session is given to another user",
            WrongStatus,
        )),
        reach::closed_when_asking(about(
            "isolation.violator--closed-when-asking",
            "isolation.violator",
            "a violation in one window closes the others",
            Closed,
        )),
        reach::no_room_elsewhere(about(
            "isolation.room--no-room-elsewhere",
            "isolation.room",
            "connections are counted over all sessions of a user",
            Refused,
        )),
    ]
}

fn counted() -> Vec<Mutant> {
    use ReasonCode::{Duplicate, Lost, Unexpected, WrongValue};
    vec![
        counts::offsets_of_all(about(
            "isolation.offsets--offsets-of-all",
            "isolation.offsets",
            "offsets are counted over all sessions",
            WrongValue,
        )),
        counts::top_of_all(about(
            "isolation.top--top-of-all",
            "isolation.top",
            "top of a heartbeat counts the events of all sessions",
            WrongValue,
        )),
        counts::figures_of_all(about(
            "isolation.figures--figures-of-all",
            "isolation.figures",
            "connections of all sessions are shown as one's",
            WrongValue,
        )),
        counts::query_ids_of_all(about(
            "isolation.query-ids--query-ids-of-all",
            "isolation.query-ids",
            "a query_id counts for all sessions",
            Unexpected,
        )),
        counts::one_client_id(about(
            "isolation.client-ids--one-client-id",
            "isolation.client-ids",
            "all connections have one client id",
            Duplicate,
        )),
        counts::one_provisional(about(
            "isolation.provisional--one-provisional",
            "isolation.provisional",
            "connections without a handshake share a session",
            Duplicate,
        )),
        counts::unsubscribed_for_all(about(
            "isolation.subscriptions--unsubscribed-for-all",
            "isolation.subscriptions",
            "unsubscribing counts for the whole session",
            Lost,
        )),
        counts::packed_for_all(about(
            "isolation.messagepack--packed-for-all",
            "isolation.messagepack",
            "MessagePack is sent to all windows of a session",
            Unexpected,
        )),
        counts::batched_for_all(about(
            "isolation.batches--batched-for-all",
            "isolation.batches",
            "batches are sent to all windows of a session",
            Unexpected,
        )),
    ]
}

fn selected() -> Vec<Mutant> {
    use ReasonCode::{Unexpected, WrongValue};
    vec![
        counts::source_session(about(
            "isolation.selection-of-another-user--source-session",
            "isolation.selection-of-another-user",
            "a selection counts for every user",
            WrongValue,
        )),
        counts::another_database(about(
            "isolation.selection-of-another-session--another-database",
            "isolation.selection-of-another-session",
            "the last selection of a user counts for all sessions",
            WrongValue,
        )),
        counts::second_from_message(about(
            "isolation.selection-of-another-message--second-from-message",
            "isolation.selection-of-another-message",
            "what a message names stays for the next",
            WrongValue,
        )),
        counts::recovered_for_nobody(about(
            "isolation.selection-of-nobody--recovered-for-nobody",
            "isolation.selection-of-nobody",
            "users without a name share one selection",
            Unexpected,
        )),
        counts::other_statement(about(
            "isolation.chat-turns--other-statement",
            "isolation.chat-turns",
            "turns of other chats are taken as context",
            WrongValue,
        )),
    ]
}
