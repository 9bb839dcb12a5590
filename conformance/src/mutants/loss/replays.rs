//! Faults of replays and of what comes live: lost, doubled, out of order.

use serde_json::{Value, json};

use crate::checks::field;
use crate::mutants::shared::{About, Tally, is_event};
use crate::mutants::{Action, Mutant, Out};
use crate::peer::Message;

fn is_resumed(value: &Value) -> bool {
    field::name(value) == "resumed"
}

/// The first event behind a resume is lost.
pub(super) fn lose_first(about: About) -> Mutant {
    about.mutant("", || {
        let mut armed = false;
        move |_: &Message, value: &Value| {
            armed |= is_resumed(value);
            if armed && is_event(value) {
                armed = false;
                return Action::drop();
            }
            Action::Pass
        }
    })
}

/// The second event behind a resume comes twice.
pub(super) fn twice(about: About) -> Mutant {
    about.mutant("", || {
        let mut count = None;
        move |message: &Message, value: &Value| {
            if is_resumed(value) {
                count = Some(0);
            } else if let Some(count) = count.as_mut().filter(|_| is_event(value)) {
                *count += 1;
                if *count == 2 {
                    return Action::duplicate(message);
                }
            }
            Action::Pass
        }
    })
}

/// The first two events behind a resume change places.
pub(super) fn swap(about: About) -> Mutant {
    about.mutant("", || {
        let (mut armed, mut held) = (false, None);
        move |message: &Message, value: &Value| {
            armed |= is_resumed(value);
            if !is_event(value) {
                return Action::Pass;
            }
            if let Some(first) = held.take() {
                return Action::Do(vec![Out::Client(message.clone()), Out::Client(first)]);
            }
            if armed {
                armed = false;
                held = Some(message.clone());
                return Action::drop();
            }
            Action::Pass
        }
    })
}

/// What was missed is said to be gone.
pub(super) fn refuse(about: About) -> Mutant {
    about.mutant("", || {
        |_: &Message, value: &Value| {
            if !is_resumed(value) {
                return Action::Pass;
            }
            let mut gone = value.clone();
            gone["recovered"] = json!(false);
            gone["reason"] = json!("TOO_MANY");
            Action::replace(Message::json(&gone))
        }
    })
}

/// The last event that was seen comes again.
pub(super) fn seen_again(about: About) -> Mutant {
    about.mutant("", || {
        let mut armed = false;
        move |message: &Message, value: &Value| {
            armed |= is_resumed(value);
            if !(armed && is_event(value)) {
                return Action::Pass;
            }
            armed = false;
            let mut before = value.clone();
            before["offset"] = json!(value["offset"].as_u64().unwrap_or_default().saturating_sub(1));
            Action::Do(vec![Out::Client(Message::json(&before)), Out::Client(message.clone())])
        }
    })
}

/// An event comes that there is not.
pub(super) fn event_from_nowhere(about: About) -> Mutant {
    about.mutant("", || {
        |message: &Message, value: &Value| {
            if !is_resumed(value) {
                return Action::Pass;
            }
            let event = json!({"type": "query_accepted", "epoch": value["epoch"], "transaction_id": "tx_nowhere",
                "offset": value["top"].as_u64().unwrap_or_default() + 1, "timestamp": crate::checks::now()});
            Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&event))])
        }
    })
}

/// The first event behind the second resume is lost.
pub(super) fn lose_second_time(about: About) -> Mutant {
    about.mutant_shared("", || {
        let resumes = Tally::default();
        move || {
            let (resumes, mut armed) = (resumes.clone(), false);
            move |_: &Message, value: &Value| {
                if is_resumed(value) {
                    armed = resumes.add(value["epoch"].as_str().unwrap_or_default()) == 2;
                } else if armed && is_event(value) {
                    armed = false;
                    return Action::drop();
                }
                Action::Pass
            }
        }
    })
}

/// No progress behind a resume.
pub(super) fn updates_kept_back(about: About) -> Mutant {
    about.mutant("", || {
        let mut resumed = false;
        move |_: &Message, value: &Value| {
            resumed |= is_resumed(value);
            if resumed && field::name(value) == "progress_update" { Action::drop() } else { Action::Pass }
        }
    })
}

/// The third event of the session is lost.
pub(super) fn lose_third_live(about: About) -> Mutant {
    about.mutant("", || {
        |_: &Message, value: &Value| {
            if is_event(value) && value["offset"] == 3 { Action::drop() } else { Action::Pass }
        }
    })
}

/// The second event of the session comes twice.
pub(super) fn second_live_twice(about: About) -> Mutant {
    about.mutant("", || {
        |message: &Message, value: &Value| {
            if is_event(value) && value["offset"] == 2 { Action::duplicate(message) } else { Action::Pass }
        }
    })
}

/// The other window misses the second event of the session.
pub(super) fn beside_misses(about: About) -> Mutant {
    about.mutant("-beside", || {
        |_: &Message, value: &Value| {
            if is_event(value) && value["offset"] == 2 { Action::drop() } else { Action::Pass }
        }
    })
}

/// One window is told another query under the second offset.
pub(super) fn places_of_its_own(about: About) -> Mutant {
    about.mutant("", || {
        |_: &Message, value: &Value| {
            if !(is_event(value) && value["offset"] == 2) {
                return Action::Pass;
            }
            let mut other = value.clone();
            other["transaction_id"] = json!("tx_of_this_window");
            Action::replace(Message::json(&other))
        }
    })
}
