//! One kind of bytes that is no MessagePack is taken for a ping.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::checks::encoding::packed::{BROKEN, BrokenCase};
use crate::mutants::{Mutant, edit};
use crate::peer::msgpack::to_msgpack;
use crate::peer::{Frame, Opcode};

pub(super) fn mutants() -> Vec<Mutant> {
    let mutant = |case: &'static BrokenCase| {
        let about = "one kind of bytes that is no MessagePack is taken";
        Mutant::wire(&case.spoilt, about, &case.id, ReasonCode::Accepted, move || {
            edit::client_frames(move |frame| {
                let ours = frame.opcode == Opcode::Binary && frame.payload == case.bytes;
                let ping = to_msgpack(&json!({"type": "ping", "id": 7}));
                ours.then(|| Frame::binary(ping).masked([6, 6, 6, 6]).encode())
            })
        })
    };
    BROKEN.iter().map(mutant).collect()
}
