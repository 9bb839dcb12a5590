//! Scripts without a frame: several sockets of several sessions do anything, also without waiting for an answer.

use rand::Rng;
use rand::seq::IndexedRandom as _;

use super::{Action, DoorKind, Move, Script, Topic, command};

/// Moves of a script, from and up to.
const LENGTH: (usize, usize) = (20, 60);
/// Queries of a script at most.
const QUERIES: u8 = 10;
/// What is sent in one go at most.
const GO: usize = 4;

/// A client of a script.
#[derive(Clone, Copy)]
struct Client {
    socket: u8,
    door: DoorKind,
}

impl Client {
    fn asks(self) -> bool {
        self.door != DoorKind::Progress
    }
}

/// A script of 20 to 60 moves. Two clients share a session, so that a third connection, which looks at it in the end,
/// still has room in it.
pub(super) fn script(rng: &mut impl Rng) -> Script {
    let length = rng.random_range(LENGTH.0..=LENGTH.1);
    let second = one_of(rng, &[DoorKind::Query, DoorKind::Progress, DoorKind::Chat]);
    let doors = [(0, DoorKind::Query), (0, second), (1, DoorKind::Chat), (2, DoorKind::Typed)];
    let clients: Vec<Client> =
        doors.iter().zip(0..).map(|((_, door), socket)| Client { socket, door: *door }).collect();
    let opened = doors.iter().zip(0..);
    let mut moves: Vec<Move> = opened
        .map(|((session, door), socket)| Move::Connect { socket, session: *session, door: *door })
        .collect();
    // Somebody hears an end at once, with which what is replayed later can be compared; and several signs of life wait.
    moves.extend([Move::BeginPing { socket: 0 }; GO]);
    moves.extend([Move::Ask { socket: 0, query: 0 }, Move::Settle]);
    let mut asked = 1;
    while moves.len() < length {
        let client = one_of(rng, &clients);
        match rng.random_range(0..10) {
            0..=2 => in_one_go(client, &mut asked, rng, &mut moves),
            3..=4 => gone_and_back(client, rng, &mut moves),
            _ => moves.push(any(client, &mut asked, rng)),
        }
    }
    moves.push(Move::Settle);
    Script { moves }
}

fn one_of<T: Copy>(rng: &mut impl Rng, choices: &[T]) -> T {
    // Every list of choices has some.
    choices.choose(rng).copied().unwrap_or(choices[0])
}

/// The number of the next query, or of one that was asked.
fn next(asked: &mut u8) -> u8 {
    *asked = (*asked + 1).min(QUERIES);
    *asked - 1
}

fn earlier(asked: u8, rng: &mut impl Rng) -> u8 {
    rng.random_range(0..asked.max(1))
}

/// Several messages behind each other: none waits for the answer to the one before.
fn in_one_go(client: Client, asked: &mut u8, rng: &mut impl Rng, moves: &mut Vec<Move>) {
    let Client { socket, .. } = client;
    for _ in 0..rng.random_range(2..=GO) {
        moves.push(match rng.random_range(0..4) {
            0 if client.asks() => Move::BeginAsk { socket, query: next(asked) },
            1 if client.asks() => {
                let action = one_of(rng, &[Action::Cancel, Action::Pause, Action::Resume]);
                Move::BeginCommand { socket, query: earlier(*asked, rng), action }
            }
            2 => Move::BeginHeartbeat { socket },
            _ => Move::BeginPing { socket },
        });
    }
}

/// Its connection ends in one way or another, and it comes back, at once or later.
fn gone_and_back(client: Client, rng: &mut impl Rng, moves: &mut Vec<Move>) {
    let Client { socket, .. } = client;
    let ends = [
        Move::Cut { socket },
        Move::Reset { socket },
        Move::Silence { socket },
        Move::Close { socket },
        Move::Supersede { socket },
    ];
    // The typed door's session can't be come back to.
    if client.door == DoorKind::Typed {
        return;
    }
    moves.push(one_of(rng, &ends));
    if rng.random() {
        moves.push(wait(rng));
    }
    moves.push(Move::Resume { socket });
}

fn wait(rng: &mut impl Rng) -> Move {
    Move::Wait { ms: rng.random_range(5..60) }
}

/// One move that is waited for.
fn any(client: Client, asked: &mut u8, rng: &mut impl Rng) -> Move {
    let Client { socket, door } = client;
    let topic = one_of(rng, &[Topic::Progress, Topic::Results]);
    let action = one_of(rng, &[Action::Cancel, Action::Pause, Action::Resume, Action::Retry]);
    match rng.random_range(0..12) {
        0..=1 if client.asks() => Move::Ask { socket, query: next(asked) },
        2 if client.asks() => Move::Stream { socket, query: next(asked) },
        3 if door == DoorKind::Chat => Move::Say { socket, query: next(asked) },
        4 if client.asks() => Move::Repeat { socket, query: earlier(*asked, rng) },
        5..=6 if client.asks() => command(socket, earlier(*asked, rng), action),
        7 => Move::Subscribe { socket, topic },
        8 => Move::Unsubscribe { socket, topic },
        9 => Move::Heartbeat { socket },
        10 => Move::Handshake { socket },
        _ => wait(rng),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn every_kind_of_move_is_made() {
        let kinds = |seed| {
            let moves = script(&mut ChaCha8Rng::seed_from_u64(seed)).moves;
            assert!((LENGTH.0..=LENGTH.1 + GO + 1).contains(&moves.len()), "{}", moves.len());
            moves.into_iter().map(|step| std::mem::discriminant(&step)).collect::<Vec<_>>()
        };
        let mut found = Vec::new();
        for kind in (0..20).flat_map(kinds) {
            if !found.contains(&kind) {
                found.push(kind);
            }
        }
        assert_eq!(found.len(), 22);
    }
}
