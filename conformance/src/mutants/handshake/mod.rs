//! Deliberate violations for the area `handshake`, one fault per file.

mod any_key_accepted;
mod any_origin;
mod any_path_opens;
mod any_version;
mod demo_api_gone;
mod demo_named;
mod exact_case;
mod extension_echoed;
mod first_frame_lost;
mod first_subprotocol;
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
mod pong_first;
mod query_text_refused;
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
