//! Deliberate violations for the area `life`, one fault per file.

mod answers_wait_for_timer;
mod client_of_user;
mod connection_of_client;
mod control_frames_no_life;
mod correlation_left_out;
mod correlation_lost;
mod demo_other_timers;
mod envelope_without_ids;
mod heartbeat_behind_work;
mod heartbeat_keeps_awake;
mod heartbeat_unanswered_in_query;
mod idle_early;
mod idle_from_opening;
mod idle_from_own_messages;
mod idle_in_query;
mod idle_kept;
mod idle_other_code;
mod idle_other_reason;
mod ids_as_null;
mod ids_as_text;
mod messages_no_life;
mod no_pings;
mod one_active_connection;
mod one_id_only;
mod one_ping;
mod ping_behind_message;
mod ping_keeps_awake;
mod pings_for_the_silent;
mod progress_door_idle;
mod silent_early;
mod silent_kept;
mod silent_other_code;
mod silent_other_reason;
mod started_just_now;
mod status_ok;
mod subscription_ignored;
mod top_stands_still;
mod typed_flat;
mod unsubscribe_still_holds;
mod uptime_as_duration;
mod uptime_as_text;
mod uptime_falls;
mod uptime_of_yesterday;

use std::time::Duration;

use tokio::time::Instant;

use super::{Action, Fault, Mutant};
use crate::peer::Message;
use crate::target::Timers;

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![
        demo_other_timers::mutant(),
        ping_behind_message::mutant(),
        pings_for_the_silent::mutant(),
        answers_wait_for_timer::mutant(),
        client_of_user::mutant(),
        connection_of_client::mutant(),
        control_frames_no_life::mutant(),
        correlation_left_out::mutant(),
        correlation_lost::mutant(),
        envelope_without_ids::mutant(),
        heartbeat_behind_work::mutant(),
        heartbeat_keeps_awake::mutant(),
        heartbeat_unanswered_in_query::mutant(),
        idle_early::mutant(),
        idle_from_opening::mutant(),
        idle_from_own_messages::mutant(),
        idle_kept::mutant(),
        idle_in_query::mutant(),
        idle_other_code::mutant(),
        idle_other_reason::mutant(),
        ids_as_null::mutant(),
        ids_as_text::mutant(),
        messages_no_life::mutant(),
        no_pings::mutant(),
        one_active_connection::mutant(),
        one_id_only::mutant(),
        one_ping::mutant(),
        ping_keeps_awake::mutant(),
        progress_door_idle::mutant(),
        silent_early::mutant(),
        silent_kept::mutant(),
        silent_other_code::mutant(),
        silent_other_reason::mutant(),
        started_just_now::mutant(),
        status_ok::mutant(),
        subscription_ignored::mutant(),
        top_stands_still::mutant(),
        typed_flat::mutant(),
        unsubscribe_still_holds::mutant(),
        uptime_as_duration::mutant(),
        uptime_as_text::mutant(),
        uptime_falls::mutant(),
        uptime_of_yesterday::mutant(),
    ]
}

/// Closes as idle, at a ping of the server, by a count of its own.
struct IdleFrom {
    /// Whether messages of the client start the count anew.
    own_messages: bool,
    since: Instant,
    idle: Option<Duration>,
}

impl IdleFrom {
    /// Counts from the opening, whatever happens.
    fn opening() -> Self {
        Self { own_messages: false, since: Instant::now(), idle: None }
    }

    /// Counts from the last message of the client.
    fn own_messages() -> Self {
        Self { own_messages: true, ..Self::opening() }
    }
}

impl Fault for IdleFrom {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        if self.own_messages && matches!(message, Message::Text(_)) {
            self.since = Instant::now();
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        if self.idle.is_none() {
            let timers = message.to_json().and_then(|established| Timers::announced(&established).ok());
            self.idle = timers.map(|timers| timers.idle_timeout);
        }
        let over = self.idle.is_some_and(|idle| self.since.elapsed() >= idle);
        if over && matches!(message, Message::Ping(_)) {
            return Action::close(1000, "Idle timeout");
        }
        Action::Pass
    }
}
