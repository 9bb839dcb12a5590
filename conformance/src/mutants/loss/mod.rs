//! Deliberate violations for the area `loss`. Each is meant for the agent of its check, which has the
//! check's name, so that no other check has reason to notice it.

mod answers;
mod closes;
mod deafness;
mod history_of_one;
mod letters_unwritten;
mod queue_unbounded;
mod replays;
mod slow_as_error;
mod write_unbounded;

use super::Mutant;
use super::shared::About;
use crate::checks::ReasonCode;

pub(crate) fn mutants() -> Vec<Mutant> {
    [
        first_cuts(),
        second_cuts(),
        first_silences(),
        second_silences(),
        first_slowness(),
        second_slowness(),
        disorder(),
        deafness(),
        giving_up(),
    ]
    .concat()
}

fn about(id: &'static str, check: &'static str, description: &'static str, reason: ReasonCode) -> About {
    About { id, check, description, reason }
}

fn first_cuts() -> Vec<Mutant> {
    use ReasonCode::{Duplicate, Lost, Refused, Unexpected};
    vec![
        replays::lose_first(about(
            "loss.cut-before-acceptance--lose-first",
            "loss.cut-before-acceptance",
            "the first event of the replay is lost",
            Lost,
        )),
        replays::twice(about(
            "loss.cut-behind-acceptance--twice",
            "loss.cut-behind-acceptance",
            "the second event of the replay comes twice",
            Duplicate,
        )),
        replays::swap(about(
            "loss.cut-in-header--swap",
            "loss.cut-in-header",
            "the first two events behind the resume change places",
            Lost,
        )),
        replays::refuse(about(
            "loss.cut-in-payload--refuse",
            "loss.cut-in-payload",
            "what was missed is said to be gone",
            Refused,
        )),
        replays::lose_first(about(
            "loss.cut-before-last-byte--lose-first",
            "loss.cut-before-last-byte",
            "an update that was written but for its last byte counts as seen",
            Lost,
        )),
        replays::seen_again(about(
            "loss.cut-in-result--seen-again",
            "loss.cut-in-result",
            "the last event that was seen comes again",
            Duplicate,
        )),
        replays::lose_first(about(
            "loss.cut-by-reset--lose-first",
            "loss.cut-by-reset",
            "a reset loses the event that was on its way",
            Lost,
        )),
        replays::event_from_nowhere(about(
            "loss.cut-behind-result--event-from-nowhere",
            "loss.cut-behind-result",
            "the result comes again to one who has it",
            Unexpected,
        )),
    ]
}

fn second_cuts() -> Vec<Mutant> {
    use ReasonCode::{Duplicate, Lost, Unexpected};
    vec![
        replays::lose_second_time(about(
            "loss.cut-twice--lose-second-time",
            "loss.cut-twice",
            "the first event behind the second resume is lost",
            Lost,
        )),
        replays::lose_second_time(about(
            "loss.cut-in-replay--lose-second-time",
            "loss.cut-in-replay",
            "what was written of a replay counts as seen",
            Lost,
        )),
        replays::lose_first(about(
            "loss.cut-by-address--lose-first",
            "loss.cut-by-address",
            "the first event behind a resume by address is lost",
            Lost,
        )),
        replays::event_from_nowhere(about(
            "loss.query-in-half--event-from-nowhere",
            "loss.query-in-half",
            "half a query is run",
            Unexpected,
        )),
        answers::result_cancelled(about(
            "loss.command-in-half--result-cancelled",
            "loss.command-in-half",
            "half a command is obeyed",
            Unexpected,
        )),
        answers::query_id_unread(about(
            "loss.asked-again--query-id-unread",
            "loss.asked-again",
            "a query asked again is run again",
            Duplicate,
        )),
        replays::updates_kept_back(about(
            "loss.subscriptions--updates-kept-back",
            "loss.subscriptions",
            "what was unsubscribed stays unsubscribed for the agent",
            Lost,
        )),
    ]
}

fn first_silences() -> Vec<Mutant> {
    use ReasonCode::{Closed, Early, Lost, NotClosed, Refused, WrongCloseCode};
    vec![
        replays::lose_first(about(
            "loss.half-open-loses-nothing--lose-first",
            "loss.half-open-loses-nothing",
            "what was written to a dead connection counts as seen",
            Lost,
        )),
        closes::no_room(about(
            "loss.half-open-makes-room--no-room",
            "loss.half-open-makes-room",
            "a dead connection keeps its place from its own agent",
            Refused,
        )),
        answers::one_more_counted(about(
            "loss.half-open-found-dead--one-more-counted",
            "loss.half-open-found-dead",
            "dead connections count for ever",
            NotClosed,
        )),
        closes::close_as_idle(about(
            "loss.given-up-is-told--close-as-idle",
            "loss.given-up-is-told",
            "a client whose pongs are lost is closed as idle",
            WrongCloseCode,
        )),
        closes::given_up_early(about(
            "loss.given-up-is-told--given-up-early",
            "loss.given-up-is-told",
            "a client is given up at the first ping it could have answered",
            Early,
        )),
        closes::beside_closed(about(
            "loss.half-open-harms-nobody--beside-closed",
            "loss.half-open-harms-nobody",
            "with one connection of a session, the others are closed",
            Closed,
        )),
    ]
}

fn second_silences() -> Vec<Mutant> {
    use ReasonCode::{Closed, Refused, WrongCloseCode, WrongValue};
    vec![
        answers::beside_cancelled(about(
            "loss.half-open-query-ends--beside-cancelled",
            "loss.half-open-query-ends",
            "the query of a dead asker is cancelled",
            Refused,
        )),
        closes::pongs_alone_count(about(
            "loss.heartbeats-alone--pongs-alone-count",
            "loss.heartbeats-alone",
            "pongs alone are signs of life",
            Closed,
        )),
        answers::one_heartbeat_unanswered(about(
            "loss.heartbeats-held-up--one-heartbeat-unanswered",
            "loss.heartbeats-held-up",
            "one of several heartbeats is not answered",
            WrongValue,
        )),
        closes::impatient(about(
            "loss.short-stall--impatient",
            "loss.short-stall",
            "a silence of a third of the announced one ends the connection",
            Closed,
        )),
        closes::close_goes_away(about(
            "loss.close-held-up--close-goes-away",
            "loss.close-held-up",
            "a close of the client is answered as if the server went",
            WrongCloseCode,
        )),
    ]
}

fn first_slowness() -> Vec<Mutant> {
    use ReasonCode::{Closed, Duplicate, Lost, WrongStatus};
    vec![
        replays::lose_third_live(about(
            "loss.downlink-stalls--lose-third-live",
            "loss.downlink-stalls",
            "an update is dropped while the connection is slow",
            Lost,
        )),
        replays::second_live_twice(about(
            "loss.uplink-stalls--second-live-twice",
            "loss.uplink-stalls",
            "what was held up is told twice",
            Duplicate,
        )),
        closes::pieces_refused(about(
            "loss.query-trickles--pieces-refused",
            "loss.query-trickles",
            "frames that come in pieces are refused",
            Closed,
        )),
        replays::lose_third_live(about(
            "loss.answers-trickle--lose-third-live",
            "loss.answers-trickle",
            "an update is dropped for a slow reader",
            Lost,
        )),
        answers::upgrade_refused(about(
            "loss.upgrade-trickles--upgrade-refused",
            "loss.upgrade-trickles",
            "an upgrade that comes in pieces is refused",
            WrongStatus,
        )),
        closes::other_closed(about(
            "loss.slow-reader-alone--other-closed",
            "loss.slow-reader-alone",
            "one who does not read takes others along",
            Closed,
        )),
    ]
}

fn second_slowness() -> Vec<Mutant> {
    use ReasonCode::{Lost, Refused, WrongStatus};
    vec![
        replays::beside_misses(about(
            "loss.slow-reader-beside--beside-misses",
            "loss.slow-reader-beside",
            "the other windows of a slow reader miss an event",
            Lost,
        )),
        replays::lose_first(about(
            "loss.slow-reader-returns--lose-first",
            "loss.slow-reader-returns",
            "what was queued for a slow reader counts as seen",
            Lost,
        )),
        replays::lose_first(about(
            "loss.far-away--lose-first",
            "loss.far-away",
            "over a long way an event is lost",
            Lost,
        )),
        answers::result_cancelled(about(
            "loss.post-left--result-cancelled",
            "loss.post-left",
            "a client that leaves its POST cancels its query",
            Refused,
        )),
        answers::post_fails(about(
            "loss.http-beside--post-fails",
            "loss.http-beside",
            "while a socket of the session is dead, HTTP fails too",
            WrongStatus,
        )),
    ]
}

fn disorder() -> Vec<Mutant> {
    use ReasonCode::{Closed, Lost, NotClosed, Refused, WrongValue};
    vec![
        closes::closed_when_asked(about(
            "loss.late-end--closed-when-asked",
            "loss.late-end",
            "the end of the old connection takes the new one along",
            Closed,
        )),
        closes::never_superseded(about(
            "loss.late-handshake--never-superseded",
            "loss.late-handshake",
            "an agent's older connection stays beside the newer",
            NotClosed,
        )),
        replays::places_of_its_own(about(
            "loss.overtaken-query--places-of-its-own",
            "loss.overtaken-query",
            "each window is told its own query under the first offsets",
            WrongValue,
        )),
        answers::command_not_found(about(
            "loss.command-from-the-new--command-not-found",
            "loss.command-from-the-new",
            "only the connection that asked may command",
            Refused,
        )),
        replays::lose_first(about(
            "loss.reconnect-storm--lose-first",
            "loss.reconnect-storm",
            "in a storm the first event of a replay is lost",
            Lost,
        )),
        answers::heartbeat_mixed_up(about(
            "loss.newcomers--heartbeat-mixed-up",
            "loss.newcomers",
            "in a storm answers go to others",
            WrongValue,
        )),
        closes::never_superseded(about(
            "loss.restless--never-superseded",
            "loss.restless",
            "an agent that comes back again and again leaves connections behind",
            NotClosed,
        )),
        answers::one_more_counted(about(
            "loss.leaves-nothing--one-more-counted",
            "loss.leaves-nothing",
            "connections that were cut count for ever",
            NotClosed,
        )),
        closes::closed_when_asked(about(
            "loss.upgrades-given-up--closed-when-asked",
            "loss.upgrades-given-up",
            "half an upgrade that is given up ends others",
            Closed,
        )),
    ]
}

fn deafness() -> Vec<Mutant> {
    vec![deafness::drop_one(about(
        "loss.deaf--drop-one",
        "loss.deaf",
        "an event for who reads slowly is left out",
        ReasonCode::Lost,
    ))]
}

fn giving_up() -> Vec<Mutant> {
    vec![
        queue_unbounded::mutant(),
        slow_as_error::mutant(),
        history_of_one::mutant(),
        write_unbounded::mutant(),
        letters_unwritten::mutant(),
    ]
}
