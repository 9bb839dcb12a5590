//! In one encoding one event says something else, or is lost.

use crate::checks::ReasonCode;
use crate::checks::encoding::content::{CASES, ContentCase, Way};
use crate::checks::field;
use crate::mutants::Mutant;

use super::traffic::{Rewrite, each, in_form_of, rewriter};

pub(super) fn mutants() -> Vec<Mutant> {
    CASES.iter().enumerate().map(|(number, case)| of_case(number, case)).collect()
}

fn of_case(number: usize, case: &'static ContentCase) -> Mutant {
    let (about, reason) = match number % 3 {
        0 => ("in one encoding an event has another transaction", ReasonCode::WrongValue),
        1 => ("in one encoding an event loses a field", ReasonCode::WrongValue),
        _ => ("in one encoding an event is lost", ReasonCode::Lost),
    };
    Mutant::wire(&case.spoilt, about, &case.id, reason, move || {
        let (mut done, mut streamed) = (false, false);
        rewriter(move |client, message, value| {
            let ours = client.is(case.wanted.deflate, case.wanted.capabilities)
                && client.resumed == (case.way == Way::Replayed);
            let mut touched = false;
            let changed = each(value, &mut |event| {
                let name = field::name(event);
                streamed |= name == "partial_result";
                let wanted = match case.way {
                    Way::Small => name == "query_result" && !streamed,
                    Way::Streamed | Way::Replayed => name == "partial_result",
                };
                if !ours || done || !wanted {
                    return true;
                }
                (touched, done) = (true, true);
                match number % 3 {
                    0 => event["transaction_id"] = "of another".into(),
                    1 => drop(event.as_object_mut().and_then(|fields| fields.remove("transaction_id"))),
                    _ if case.way == Way::Small => event["offset"] = 1.into(),
                    _ => return false,
                }
                true
            });
            match (touched, changed) {
                (false, _) => Rewrite::Pass,
                (true, None) => Rewrite::Frames(Vec::new()),
                (true, Some(value)) => Rewrite::Frames(vec![in_form_of(message, &value)]),
            }
        })
    })
}
