//! Deliberate violations for the area `handshake`, one fault per file.

mod any_key_accepted;
mod any_origin;
mod any_path_opens;
mod any_version;
mod commanded_before_handshake;
mod demo_api_gone;
mod demo_named;
mod exact_case;
mod extension_echoed;
mod first_frame_lost;
mod first_subprotocol;
mod heartbeat_after_handshake_only;
mod http_1_0_accepted;
mod late_established;
mod method_as_missing;
mod no_client_id;
mod no_established;
mod no_key_accepted;
mod no_limits;
mod no_upgrade_field;
mod no_version_accepted;
mod own_origin_refused;
mod ping_after_handshake_only;
mod pong_first;
mod query_before_handshake;
mod query_text_refused;
mod required_as_forbidden;
mod required_ends;
mod required_for_ever;
mod required_without_ids;
mod subscribed_before_handshake;
mod timeout_after_handshake;
mod timeout_announced_longer;
mod timeout_other_code;
mod timeout_other_reason;
mod timeout_put_off;
mod timeout_though_not_required;
mod timeout_without_error;
mod timers_in_seconds;
mod token_not_needed;
mod top_as_text;
mod unoffered_subprotocol;
mod upgrade_unnamed;
mod version_unnamed;
mod whole_connection_value;
mod wrong_accept;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![
        timeout_though_not_required::mutant(),
        timeout_after_handshake::mutant(),
        timeout_put_off::mutant(),
        timeout_announced_longer::mutant(),
        timeout_other_code::mutant(),
        timeout_other_reason::mutant(),
        timeout_without_error::mutant(),
        required_for_ever::mutant(),
        heartbeat_after_handshake_only::mutant(),
        ping_after_handshake_only::mutant(),
        required_without_ids::mutant(),
        commanded_before_handshake::mutant(),
        subscribed_before_handshake::mutant(),
        required_ends::mutant(),
        required_as_forbidden::mutant(),
        query_before_handshake::mutant(),
        wrong_accept::mutant(),
        no_upgrade_field::mutant(),
        whole_connection_value::mutant(),
        exact_case::mutant(),
        first_frame_lost::mutant(),
        query_text_refused::mutant(),
        demo_api_gone::mutant(),
        demo_named::mutant(),
        own_origin_refused::mutant(),
        first_subprotocol::mutant(),
        unoffered_subprotocol::mutant(),
        extension_echoed::mutant(),
        pong_first::mutant(),
        no_established::mutant(),
        late_established::mutant(),
        no_client_id::mutant(),
        top_as_text::mutant(),
        timers_in_seconds::mutant(),
        no_limits::mutant(),
        any_version::mutant(),
        version_unnamed::mutant(),
        no_version_accepted::mutant(),
        no_key_accepted::mutant(),
        any_key_accepted::mutant(),
        method_as_missing::mutant(),
        any_path_opens::mutant(),
        upgrade_unnamed::mutant(),
        token_not_needed::mutant(),
        http_1_0_accepted::mutant(),
        any_origin::mutant(),
    ]
}
