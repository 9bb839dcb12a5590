//! Deliberate violations for the area `framing`, one fault per file.

mod broken_text_is_protocol_error;
mod close_code_fixed;
mod close_unanswered;
mod code_1006_taken;
mod control_opcode_swallowed;
mod cut_character_dropped;
mod data_opcode_as_text;
mod empty_close_is_error;
mod first_message_dropped;
mod fragment_decoded_alone;
mod fragment_is_a_message;
mod half_code_taken;
mod length_bit_waits;
mod length_signed;
mod limit_off_by_one;
mod long_length_form_taken;
mod long_reason_refused;
mod mask_optional;
mod message_behind_close;
mod message_never_left;
mod message_of_125_lost;
mod one_frame_a_read;
mod orphan_taken;
mod ping_cut;
mod ping_fragment_taken;
mod ping_waits_for_message;
mod pong_answered;
mod pong_as_text;
mod pong_without_payload;
mod read_is_a_frame;
mod reason_unread;
mod reserved_bit_ignored;
mod reserved_bit_of_ping_ignored;
mod server_long_length;
mod server_masks;
mod stream_left_open;
mod surrogates_taken;
mod text_judged_at_end;
mod violator_kept;
mod zero_mask_unread;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![
        mask_optional::mutant(),
        reserved_bit_ignored::mutant(),
        reserved_bit_of_ping_ignored::mutant(),
        data_opcode_as_text::mutant(),
        control_opcode_swallowed::mutant(),
        long_length_form_taken::mutant(),
        ping_cut::mutant(),
        ping_fragment_taken::mutant(),
        message_of_125_lost::mutant(),
        length_signed::mutant(),
        limit_off_by_one::mutant(),
        zero_mask_unread::mutant(),
        read_is_a_frame::mutant(),
        one_frame_a_read::mutant(),
        fragment_is_a_message::mutant(),
        ping_waits_for_message::mutant(),
        orphan_taken::mutant(),
        message_never_left::mutant(),
        first_message_dropped::mutant(),
        surrogates_taken::mutant(),
        broken_text_is_protocol_error::mutant(),
        cut_character_dropped::mutant(),
        fragment_decoded_alone::mutant(),
        text_judged_at_end::mutant(),
        reason_unread::mutant(),
        pong_as_text::mutant(),
        pong_without_payload::mutant(),
        pong_answered::mutant(),
        server_masks::mutant(),
        server_long_length::mutant(),
        close_unanswered::mutant(),
        close_code_fixed::mutant(),
        long_reason_refused::mutant(),
        empty_close_is_error::mutant(),
        half_code_taken::mutant(),
        code_1006_taken::mutant(),
        message_behind_close::mutant(),
        length_bit_waits::mutant(),
        stream_left_open::mutant(),
        violator_kept::mutant(),
    ]
}
