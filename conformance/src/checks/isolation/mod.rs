//! Isolation: what is one's own, and what nobody may see, hear or move of another's.

mod actors;
mod counts;
mod leaks;
mod reach;
mod selection;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [heard_doors(), heard_otherwise(), commanded(), ended(), counted(), selected()].concat()
}

fn heard_doors() -> Vec<Check> {
    vec![
        Check::new(
            "isolation.query-door",
            "another session on the query door hears nothing",
            &["isolation.unheard"],
            leaks::query_door,
        ),
        Check::new(
            "isolation.same-user",
            "another session of the same user hears nothing",
            &["isolation.unheard"],
            leaks::same_user,
        ),
        Check::new(
            "isolation.progress-door",
            "the progress door of another session hears nothing",
            &["isolation.unheard"],
            leaks::progress_door,
        ),
        Check::new(
            "isolation.demo-door",
            "the demo door hears nothing of a session",
            &["isolation.unheard-demo"],
            leaks::demo_door,
        ),
        Check::new(
            "isolation.demo-api-door",
            "the other demo door hears nothing of a session",
            &["isolation.unheard-demo"],
            leaks::demo_api_door,
        ),
        Check::new(
            "isolation.demo-claims",
            "a demo that claims a session is not given it",
            &["isolation.unheard-demo"],
            leaks::demo_claims,
        ),
        Check::new(
            "isolation.chat-door",
            "another session on the chat door hears nothing",
            &["isolation.unheard"],
            leaks::chat_door,
        ),
        Check::new(
            "isolation.no-handshake",
            "one who shook no hands hears nothing of a session",
            &["isolation.unheard"],
            leaks::no_handshake,
        ),
    ]
}

fn heard_otherwise() -> Vec<Check> {
    vec![
        Check::new(
            "isolation.polling",
            "polling another session shows nothing",
            &["isolation.unheard-http"],
            leaks::polling,
        ),
        Check::new(
            "isolation.posted",
            "a query over HTTP is its session's alone",
            &["isolation.unheard-http"],
            leaks::posted,
        ),
        Check::new(
            "isolation.selected",
            "what was selected is told in the session alone",
            &["isolation.selected"],
            leaks::selected,
        ),
        Check::new(
            "isolation.answers",
            "answers go to who asked, not to other windows",
            &["isolation.answers"],
            leaks::answers,
        ),
        Check::new(
            "isolation.snapshot",
            "a snapshot lists the session's own queries",
            &["isolation.snapshot"],
            leaks::snapshot,
        ),
    ]
}

fn commanded() -> Vec<Check> {
    vec![
        Check::new("isolation.pause", "a foreign pause is not found", &["isolation.commands"], reach::pause),
        Check::new(
            "isolation.go-on",
            "a foreign resume of a query is not found",
            &["isolation.commands"],
            reach::go_on,
        ),
        Check::new("isolation.retry", "a foreign retry is not found", &["isolation.commands"], reach::retry),
        Check::new(
            "isolation.cancel-from-chat",
            "a foreign cancel from the chat door is not found",
            &["isolation.commands"],
            reach::from_chat,
        ),
        Check::new(
            "isolation.cancel-from-demo",
            "a foreign cancel from the demo door is not found",
            &["isolation.commands-demo"],
            reach::from_demo,
        ),
        Check::new(
            "isolation.foreign-epoch",
            "another session's epoch recovers nothing",
            &["isolation.foreign-epoch"],
            reach::foreign_epoch,
        ),
        Check::new(
            "isolation.foreign-epoch-by-address",
            "another session's epoch in an address recovers nothing",
            &["isolation.foreign-epoch"],
            reach::foreign_epoch_address,
        ),
        Check::new(
            "isolation.foreign-epoch-by-poll",
            "another session's epoch polls nothing",
            &["isolation.foreign-epoch-http"],
            reach::foreign_epoch_poll,
        ),
    ]
}

fn ended() -> Vec<Check> {
    vec![
        Check::new(
            "isolation.same-agent",
            "an agent of the same name elsewhere supersedes nobody",
            &["isolation.same-agent"],
            reach::same_agent,
        ),
        Check::new(
            "isolation.deleted",
            "the end of a session is none of another",
            &["isolation.deleted"],
            reach::deleted,
        ),
        Check::new(
            "isolation.bound",
            "a session bound to a user is not given to another over HTTP",
            &["isolation.bound"],
            reach::bound,
        ),
        Check::new(
            "isolation.violator",
            "who breaks the protocol is closed alone",
            &["isolation.violator"],
            reach::violator,
        ),
        Check::new(
            "isolation.room",
            "a full session leaves room in another",
            &["isolation.room"],
            reach::room,
        ),
    ]
}

fn counted() -> Vec<Check> {
    vec![
        Check::new(
            "isolation.offsets",
            "each session counts its own events",
            &["isolation.offsets"],
            counts::offsets,
        ),
        Check::new(
            "isolation.top",
            "top of a heartbeat is the own session's",
            &["isolation.top"],
            counts::top,
        ),
        Check::new(
            "isolation.figures",
            "the figures of a session are its own",
            &["isolation.figures"],
            counts::figures,
        ),
        Check::new(
            "isolation.query-ids",
            "the same query_id in two sessions is two queries",
            &["isolation.query-ids"],
            counts::query_ids,
        ),
        Check::new(
            "isolation.client-ids",
            "each connection has its own client id",
            &["isolation.client-ids"],
            counts::client_ids,
        ),
        Check::new(
            "isolation.provisional",
            "connections without a handshake have sessions of their own",
            &["isolation.provisional"],
            counts::provisional,
        ),
        Check::new(
            "isolation.subscriptions",
            "what one window unsubscribed the other still hears",
            &["isolation.subscriptions"],
            counts::subscriptions,
        ),
        Check::new(
            "isolation.messagepack",
            "MessagePack is for those who announced it",
            &["isolation.encodings"],
            counts::messagepack,
        ),
        Check::new(
            "isolation.batches",
            "batches are for those who announced them",
            &["isolation.encodings"],
            counts::batches,
        ),
    ]
}

fn selected() -> Vec<Check> {
    vec![
        Check::new(
            "isolation.selection-of-another-user",
            "what one user selected another does not ask",
            &["isolation.selection"],
            selection::of_another_user,
        ),
        Check::new(
            "isolation.selection-of-another-session",
            "what a session selected stays its own",
            &["isolation.selection"],
            selection::of_another_session,
        ),
        Check::new(
            "isolation.selection-of-another-message",
            "what a message names holds for that message",
            &["isolation.selection-of-message"],
            selection::of_another_message,
        ),
        Check::new(
            "isolation.selection-of-nobody",
            "those without a name recover nothing from each other",
            &["isolation.selection-of-nobody"],
            selection::of_nobody,
        ),
        Check::new(
            "isolation.chat-turns",
            "what was talked about elsewhere is no context",
            &["isolation.chat-turns"],
            selection::of_another_chat,
        ),
    ]
}
