//! One offer is answered wrongly, or taken although it must not be.

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::FIELD;
use crate::checks::rfc7692::offers::{Allowed, CASES, OfferCase};
use crate::mutants::{Fault, Mutant, Reply, edit};
use crate::peer::{Request, Response};

use super::wire::offers;

pub(super) fn mutants() -> Vec<Mutant> {
    let mut all: Vec<Mutant> = CASES.iter().map(of_case).collect();
    all.push(Mutant::wire(
        "deflate.answer-unasked",
        "an extension is answered where none was offered",
        "deflate.not-offered",
        ReasonCode::Unexpected,
        || {
            edit::edit_response(|request, response| {
                if response.status == 101 && offers(request).is_empty() {
                    response.set_field(FIELD, Some("permessage-deflate"));
                }
            })
        },
    ));
    all.push(Mutant::wire(
        "deflate.largest-window-unnamed",
        "the largest window is taken without being named",
        "deflate.largest-window-named",
        ReasonCode::Missing,
        || {
            edit::edit_response(|request, response| {
                if offers(request) == ["permessage-deflate; server_max_window_bits=15"]
                    && response.status == 101
                {
                    let answer =
                        response.field(FIELD).map(|answer| answer.replace("; server_max_window_bits=15", ""));
                    response.set_field(FIELD, answer.as_deref());
                }
            })
        },
    ));
    all
}

fn of_case(case: &'static OfferCase) -> Mutant {
    let about = match case.allowed {
        Allowed::Fitting => "one offer is answered with what it did not offer",
        Allowed::Nothing => "one offer that can't be taken is taken",
    };
    Mutant::wire(&case.spoilt, about, &case.id, case.reason(), move || WrongAnswer { case })
}

struct WrongAnswer {
    case: &'static OfferCase,
}

impl WrongAnswer {
    /// Whether a request makes the offers of the case; blanks around a field's value are lost on the way.
    fn concerns(&self, request: &Request) -> bool {
        offers(request).into_iter().eq(self.case.offers.iter().map(|offer| offer.trim()))
    }
}

impl Fault for WrongAnswer {
    /// A forbidden offer is made a good one on its way, so that the server takes it.
    fn on_request(&mut self, request: &Request) -> Reply {
        if self.case.allowed == Allowed::Nothing && self.concerns(request) {
            return Reply::Rewrite(request.clone().with(FIELD, self.case.wrong));
        }
        Reply::Pass
    }

    fn on_response(&mut self, request: &Request, response: &mut Response) {
        if self.case.allowed == Allowed::Fitting && response.status == 101 && self.concerns(request) {
            response.set_field(FIELD, Some(self.case.wrong));
        }
    }
}
