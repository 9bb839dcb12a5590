//! Loss: checks behind lines that cut, stall, trickle and go silent.

mod agent;
mod cut;
mod deaf;
mod given_up;
mod half_open;
mod order;
mod slow;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [
        first_cuts(),
        second_cuts(),
        first_silences(),
        second_silences(),
        first_slowness(),
        second_slowness(),
        disorder(),
        deaf::checks(),
        given_up::checks(),
    ]
    .concat()
}

fn first_cuts() -> Vec<Check> {
    vec![
        Check::new(
            "loss.cut-before-acceptance",
            "cut before the acceptance, nothing is lost",
            &["loss.cut"],
            cut::before_acceptance,
        ),
        Check::new(
            "loss.cut-behind-acceptance",
            "cut right behind the acceptance, nothing comes twice",
            &["loss.cut"],
            cut::behind_acceptance,
        ),
        Check::new(
            "loss.cut-in-header",
            "cut in the header of an update, all comes in order",
            &["loss.cut"],
            cut::in_header,
        ),
        Check::new(
            "loss.cut-in-payload",
            "cut in the payload of an update, what was missed is held",
            &["loss.cut"],
            cut::in_payload,
        ),
        Check::new(
            "loss.cut-before-last-byte",
            "cut before the last byte of an update, it counts as missed",
            &["loss.cut"],
            cut::before_last_byte,
        ),
        Check::new("loss.cut-in-result", "cut in the result, it comes again", &["loss.cut"], cut::in_result),
        Check::new(
            "loss.cut-by-reset",
            "a reset loses no more than an orderly end",
            &["loss.cut"],
            cut::by_reset,
        ),
        Check::new(
            "loss.cut-behind-result",
            "cut behind the result, nothing comes again",
            &["loss.cut-behind-result"],
            cut::behind_result,
        ),
    ]
}

fn second_cuts() -> Vec<Check> {
    vec![
        Check::new("loss.cut-twice", "cut twice in one query, nothing is lost", &["loss.cut"], cut::twice),
        Check::new(
            "loss.cut-in-replay",
            "cut in the replay, the next replay begins where it broke",
            &["loss.cut-in-replay"],
            cut::in_replay,
        ),
        Check::new(
            "loss.cut-by-address",
            "a watcher that was cut comes back by its address",
            &["loss.cut-by-address"],
            cut::by_address,
        ),
        Check::new(
            "loss.query-in-half",
            "half a query is not run",
            &["loss.half-message"],
            cut::query_in_half,
        ),
        Check::new(
            "loss.command-in-half",
            "half a command is not obeyed",
            &["loss.half-message"],
            cut::command_in_half,
        ),
        Check::new(
            "loss.asked-again",
            "a query whose acceptance was lost is run once when it is asked again",
            &["loss.asked-again"],
            cut::asked_again,
        ),
        Check::new(
            "loss.subscriptions",
            "what a cut connection had unsubscribed is not kept from the next",
            &["loss.subscriptions"],
            cut::subscriptions,
        ),
    ]
}

fn first_silences() -> Vec<Check> {
    vec![
        Check::new(
            "loss.half-open-loses-nothing",
            "half-open in mid-query, nothing is lost on another way",
            &["loss.half-open"],
            half_open::loses_nothing,
        ),
        Check::new(
            "loss.half-open-makes-room",
            "a dead connection leaves room for its agent",
            &["loss.half-open-room"],
            half_open::makes_room,
        ),
        Check::new(
            "loss.half-open-found-dead",
            "a dead connection is found dead by its silence",
            &["loss.found-dead"],
            half_open::found_dead,
        )
        .tags(&["slow"]),
        Check::new(
            "loss.given-up-is-told",
            "a client whose pongs are lost is told that it was given up",
            &["loss.given-up-is-told"],
            half_open::told_when_given_up,
        )
        .tags(&["slow"]),
        Check::new(
            "loss.half-open-harms-nobody",
            "a dead connection harms no other of its session",
            &["loss.half-open-harms-nobody"],
            half_open::harms_nobody,
        ),
    ]
}

fn second_silences() -> Vec<Check> {
    vec![
        Check::new(
            "loss.half-open-query-ends",
            "the query of a dead asker comes to its end",
            &["loss.asker-gone"],
            half_open::query_ends,
        ),
        Check::new(
            "loss.heartbeats-alone",
            "heartbeats are signs of life without pongs",
            &["loss.heartbeats-alone"],
            half_open::heartbeats_alone,
        )
        .tags(&["slow"]),
        Check::new(
            "loss.heartbeats-held-up",
            "heartbeats are all answered, however late the answers come",
            &["loss.heartbeats-held-up"],
            half_open::answers_held_up,
        ),
        Check::new(
            "loss.short-stall",
            "a silence shorter than announced ends nothing",
            &["loss.short-stall"],
            half_open::short_stall,
        ),
        Check::new(
            "loss.close-held-up",
            "a closing handshake that is held up comes to its end",
            &["loss.close-held-up"],
            half_open::close_held_up,
        ),
    ]
}

fn first_slowness() -> Vec<Check> {
    vec![
        Check::new(
            "loss.downlink-stalls",
            "what was held up on its way to the client comes whole",
            &["loss.stall"],
            slow::downlink_stalls,
        ),
        Check::new(
            "loss.uplink-stalls",
            "what was held up on its way to the server is taken once",
            &["loss.stall"],
            slow::uplink_stalls,
        ),
        Check::new(
            "loss.query-trickles",
            "a query that comes in pieces is a query",
            &["loss.trickle"],
            slow::query_trickles,
        ),
        Check::new(
            "loss.answers-trickle",
            "answers that arrive in pieces are whole",
            &["loss.trickle"],
            slow::answers_trickle,
        ),
        Check::new(
            "loss.upgrade-trickles",
            "an upgrade that comes in pieces is an upgrade",
            &["loss.trickle-upgrade"],
            slow::upgrade_trickles,
        ),
        Check::new(
            "loss.slow-reader-alone",
            "one who does not read holds up no other session",
            &["loss.slow-reader"],
            slow::slow_reader_alone,
        ),
    ]
}

fn second_slowness() -> Vec<Check> {
    vec![
        Check::new(
            "loss.slow-reader-beside",
            "one who does not read holds up no other window of its session",
            &["loss.slow-reader"],
            slow::slow_reader_beside,
        ),
        Check::new(
            "loss.slow-reader-returns",
            "one who did not read comes back to all it missed",
            &["loss.slow-reader-returns"],
            slow::slow_reader_returns,
        ),
        Check::new(
            "loss.far-away",
            "over a long way everything is as nearby",
            &["loss.far-away"],
            slow::far_away,
        ),
        Check::new(
            "loss.post-left",
            "a client that leaves its POST cancels nothing",
            &["loss.asker-gone"],
            slow::left_post,
        ),
        Check::new(
            "loss.http-beside",
            "HTTP answers while the socket is dead",
            &["loss.http-beside"],
            slow::http_beside,
        ),
    ]
}

fn disorder() -> Vec<Check> {
    vec![
        Check::new(
            "loss.late-end",
            "the end of the old connection harms nothing of the new one",
            &["loss.late-end"],
            order::late_end,
        )
        .tags(&["slow"]),
        Check::new(
            "loss.late-handshake",
            "of two connections of an agent the one that resumed last stays",
            &["loss.late-handshake"],
            order::late_handshake,
        ),
        Check::new(
            "loss.overtaken-query",
            "queries that overtake each other are told alike to all",
            &["loss.overtaken"],
            order::overtaken_query,
        ),
        Check::new(
            "loss.command-from-the-new",
            "a command from the new connection reaches the query of the dead one",
            &["loss.command-from-the-new"],
            order::command_from_the_new,
        ),
        Check::new(
            "loss.reconnect-storm",
            "a storm of clients that come back loses nothing",
            &["loss.storm"],
            order::reconnect_storm,
        ),
        Check::new(
            "loss.newcomers",
            "a storm of newcomers is welcomed",
            &["loss.storm-of-newcomers"],
            order::newcomers,
        ),
        Check::new(
            "loss.restless",
            "an agent that comes back again and again ends up whole",
            &["loss.restless"],
            order::restless,
        ),
        Check::new(
            "loss.leaves-nothing",
            "connections that were cut no longer count",
            &["loss.leaves-nothing"],
            order::leaves_nothing,
        ),
        Check::new(
            "loss.upgrades-given-up",
            "half an upgrade that is given up harms nobody",
            &["loss.given-up-upgrades"],
            order::given_up_upgrades,
        ),
    ]
}
