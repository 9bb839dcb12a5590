//! Making scripts at random: each family has moves it is about, and a frame in which they always happen; one has only
//! a beginning.

mod free;

use rand::Rng;
use rand::seq::IndexedRandom as _;

use super::script::{Action, DoorKind, Move, Script, Topic};

/// What a script is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Cuts and coming back, again and again.
    Cuts,
    /// Coming back before the old connection is known to be dead.
    Supersedes,
    /// Commands to running and finished queries.
    Commands,
    /// Subscriptions that change while queries run.
    Subscriptions,
    /// Two windows of one session.
    Windows,
    /// Two sessions beside each other.
    Sessions,
    /// The same query asked again.
    Repeats,
    /// Pings, heartbeats and second handshakes at any time.
    Signs,
    /// The door of progress, which resumes by its address.
    Doors,
    /// Everything at once.
    Everything,
    /// Everything in any order: only the beginning is always the same.
    Free,
}

/// Moves that a family may put between those of its frame.
const FREE: usize = 4;

/// A script of `family`.
pub fn make(family: Family, rng: &mut impl Rng) -> Script {
    if family == Family::Free {
        return free::script(rng);
    }
    let frame = frame(family);
    // The first moves open sockets: nothing can come before them.
    let opening = frame.iter().take_while(|step| matches!(step, Move::Connect { .. })).count();
    let mut moves = frame;
    for _ in 0..FREE {
        let at = rng.random_range(opening..=moves.len());
        moves.insert(at, one_more(family, rng));
    }
    Script { moves }
}

fn open(socket: u8, session: u8) -> Move {
    Move::Connect { socket, session, door: DoorKind::Query }
}

fn command(socket: u8, query: u8, action: Action) -> Move {
    Move::Command { socket, query, action }
}

/// What always happens in a script of `family`.
fn frame(family: Family) -> Vec<Move> {
    use Move::{
        Ask, Cut, Handshake, Heartbeat, Ping, Repeat, Resume, Settle, Subscribe, Supersede, Unsubscribe, Wait,
    };
    let (socket, query) = (0, 0);
    let wait = Wait { ms: 60 };
    match family {
        Family::Cuts => vec![
            open(0, 0),
            Ask { socket, query },
            wait,
            Cut { socket },
            wait,
            Resume { socket },
            wait,
            Cut { socket },
            wait,
            Resume { socket },
            Settle,
        ],
        Family::Supersedes => vec![
            open(0, 0),
            Ask { socket, query },
            wait,
            Supersede { socket },
            wait,
            Supersede { socket },
            Settle,
        ],
        Family::Commands => vec![
            open(0, 0),
            Ask { socket, query },
            command(0, 0, Action::Pause),
            wait,
            command(0, 0, Action::Resume),
            Ask { socket, query: 1 },
            command(0, 1, Action::Cancel),
            Settle,
            command(0, 1, Action::Retry),
            Settle,
        ],
        Family::Subscriptions => vec![
            open(0, 0),
            Unsubscribe { socket, topic: Topic::Progress },
            Subscribe { socket, topic: Topic::Progress },
            Unsubscribe { socket, topic: Topic::Progress },
            Ask { socket, query },
            Settle,
        ],
        Family::Repeats => vec![
            open(0, 0),
            Ask { socket, query },
            Repeat { socket, query },
            wait,
            Cut { socket },
            Resume { socket },
            Settle,
            Repeat { socket, query },
        ],
        Family::Signs => vec![
            open(0, 0),
            Handshake { socket },
            Ask { socket, query },
            Ping { socket },
            Heartbeat { socket },
            Handshake { socket },
            Settle,
            Heartbeat { socket },
        ],
        Family::Windows | Family::Sessions | Family::Doors | Family::Everything | Family::Free => {
            of_several(family)
        }
    }
}

/// The same for families of several sockets.
fn of_several(family: Family) -> Vec<Move> {
    use Move::{Ask, Cut, Resume, Settle, Supersede, Wait};
    let (socket, query) = (0, 0);
    let wait = Wait { ms: 60 };
    match family {
        Family::Windows => vec![
            open(0, 0),
            open(1, 0),
            Ask { socket, query },
            wait,
            Cut { socket },
            Ask { socket: 1, query: 1 },
            wait,
            Resume { socket },
            Settle,
        ],
        Family::Sessions => vec![
            open(0, 0),
            open(1, 1),
            Ask { socket, query },
            Ask { socket: 1, query: 1 },
            wait,
            command(1, 0, Action::Cancel),
            command(0, 1, Action::Pause),
            Settle,
        ],
        Family::Doors => vec![
            open(0, 0),
            Move::Connect { socket: 1, session: 0, door: DoorKind::Progress },
            Ask { socket, query },
            wait,
            Cut { socket: 1 },
            wait,
            Resume { socket: 1 },
            wait,
            Cut { socket: 1 },
            wait,
            Resume { socket: 1 },
            Settle,
        ],
        _ => vec![
            open(0, 0),
            open(1, 0),
            open(2, 1),
            Ask { socket, query },
            Ask { socket: 2, query: 1 },
            wait,
            Cut { socket },
            wait,
            Resume { socket },
            Supersede { socket: 1 },
            Ask { socket: 1, query: 2 },
            command(2, 0, Action::Cancel),
            Settle,
        ],
    }
}

/// One more move, of those the family is about.
fn one_more(family: Family, rng: &mut impl Rng) -> Move {
    let sockets: u8 = match family {
        Family::Windows | Family::Sessions | Family::Doors => 2,
        Family::Everything => 3,
        _ => 1,
    };
    let socket = rng.random_range(0..sockets);
    let query = rng.random_range(0..2);
    let action = *[Action::Cancel, Action::Pause, Action::Resume, Action::Retry]
        .choose(rng)
        .unwrap_or(&Action::Resume);
    let topic = if rng.random() { Topic::Progress } else { Topic::Results };
    let wait = Move::Wait { ms: rng.random_range(5..80) };
    let back = [Move::Cut { socket }, Move::Resume { socket }, wait];
    let mut choices: Vec<Move> = match family {
        Family::Cuts | Family::Windows | Family::Doors => back.to_vec(),
        Family::Supersedes => vec![Move::Supersede { socket }, wait],
        Family::Commands => vec![command(socket, query, action), wait],
        Family::Subscriptions => {
            vec![Move::Subscribe { socket, topic }, Move::Unsubscribe { socket, topic }, wait]
        }
        Family::Sessions => vec![command(socket, query, action), Move::Ping { socket }, wait],
        Family::Repeats => vec![Move::Repeat { socket, query: 0 }, wait],
        Family::Signs => {
            vec![Move::Ping { socket }, Move::Heartbeat { socket }, Move::Handshake { socket }, wait]
        }
        Family::Everything | Family::Free => vec![
            Move::Supersede { socket },
            Move::Close { socket },
            Move::Repeat { socket, query },
            command(socket, query, action),
            Move::Subscribe { socket, topic },
            Move::Unsubscribe { socket, topic },
            Move::Heartbeat { socket },
        ],
    };
    if family == Family::Everything {
        choices.extend(back);
    }
    choices.choose(rng).copied().unwrap_or(wait)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const ALL: [Family; 11] = [
        Family::Cuts,
        Family::Supersedes,
        Family::Commands,
        Family::Subscriptions,
        Family::Windows,
        Family::Sessions,
        Family::Repeats,
        Family::Signs,
        Family::Doors,
        Family::Everything,
        Family::Free,
    ];

    #[test]
    fn the_same_seed_makes_the_same_script() {
        for family in ALL {
            let script = |seed| make(family, &mut ChaCha8Rng::seed_from_u64(seed));
            assert_eq!(script(7), script(7));
            assert!((0..20).any(|seed| script(seed) != script(7)), "{family:?}");
        }
    }

    #[test]
    fn made_scripts_can_be_read_again() {
        for family in ALL {
            let script = make(family, &mut ChaCha8Rng::seed_from_u64(3));
            assert_eq!(Script::parse(&script.to_json()).unwrap(), script);
        }
    }
}
