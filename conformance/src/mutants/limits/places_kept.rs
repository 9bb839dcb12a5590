//! A place of an address is not given free.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "limits.places-kept",
        "A place of an address is not given free",
        "limits.per-address-freed",
        ReasonCode::Refused,
        || {
            let opened = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
            move || {
                let opened = Arc::clone(&opened);
                edit::on_request(move |request| {
                    let address = request.field("X-Forwarded-For").unwrap_or_default().to_owned();
                    let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
                    let count = opened.entry(address).or_default();
                    *count += 1;
                    if *count <= 3 {
                        return Reply::Pass;
                    }
                    // The door that needs a token refuses it.
                    let mut other = request.clone();
                    "/api/v1/ws".clone_into(&mut other.target);
                    Reply::Rewrite(other)
                })
            }
        },
    )
}
