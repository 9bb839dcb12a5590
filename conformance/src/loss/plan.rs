//! What a line does to the connections that go through it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::checks::field;

/// Receive buffer of a narrow line, bytes. With much less Linux, once the line lets through again, opens a window that has
/// closed by a few hundred bytes in 200 ms.
const NARROW: u32 = 32 * 1024;

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the suite to the target.
    Up,
    /// From the target to the suite.
    Down,
}

/// Where in a message a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing of it arrives.
    Before,
    /// The first byte of its frame arrives.
    FirstByte,
    /// Half of its frame arrives.
    Middle,
    /// All of its frame but the last byte arrives.
    AllButLast,
    /// It arrives, nothing behind it.
    After,
}

impl Place {
    /// How many bytes of a frame of `size` bytes go on.
    pub(super) fn bytes(self, size: usize) -> usize {
        match self {
            Self::Before => 0,
            Self::FirstByte => 1.min(size),
            Self::Middle => size / 2,
            Self::AllButLast => size.saturating_sub(1),
            Self::After => size,
        }
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Both sides see an orderly end of the stream.
    End,
    /// Both sides see a reset.
    Reset,
}

/// The messages at which a connection is cut.
type Matches = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// A cut at the first message that matches.
#[derive(Clone)]
pub struct Cut {
    pub(super) way: Way,
    pub(super) matches: Matches,
    pub(super) place: Place,
    pub(super) ending: Ending,
}

impl Cut {
    /// At the event of the target that has this offset.
    pub fn at_event(offset: u64, place: Place) -> Self {
        Self::down(place, move |message| field::fields(message)["offset"].as_u64() == Some(offset))
    }

    /// At the first message of the target with this name.
    pub fn at_message(name: &'static str, place: Place) -> Self {
        Self::down(place, move |message| field::name(message) == name)
    }

    /// At the first message of the suite with this `type`.
    pub fn at_sent(kind: &'static str, place: Place) -> Self {
        Self { way: Way::Up, ..Self::down(place, move |message| message["type"] == kind) }
    }

    /// With a reset instead of an orderly end.
    pub fn by_reset(self) -> Self {
        Self { ending: Ending::Reset, ..self }
    }

    fn down(place: Place, matches: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        Self { way: Way::Down, matches: Arc::new(matches), place, ending: Ending::End }
    }
}

impl std::fmt::Debug for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cut({:?} {:?} {:?})", self.way, self.place, self.ending)
    }
}

/// What a line does.
#[derive(Debug, Clone)]
pub enum Loss {
    /// Nothing, unless the check holds or cuts it later.
    Nothing,
    /// Hardly anything is on its way: what is held back is soon felt by the target.
    Narrow,
    /// Every byte arrives so much later, both ways, as over a long way: order and rate stay.
    Delay(Duration),
    /// The first connection is cut.
    Cut(Cut),
    /// So many bytes go on at a time, so far apart, in one direction.
    Trickle {
        /// The direction.
        way: Way,
        /// Bytes at a time.
        bytes: usize,
        /// Time between two of them.
        every: Duration,
    },
    /// The suite's end of the stream reaches the target so much later.
    LateEnd(Duration),
}

/// What becomes of one direction of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Treatment {
    pub(super) delay: Duration,
    pub(super) end_delay: Duration,
    pub(super) trickle: Option<(usize, Duration)>,
    pub(super) cut: Option<Cut>,
    /// Reads are not taken before the one before has gone on.
    pub(super) narrow: bool,
}

impl Loss {
    /// Bytes of the receive buffer towards the target; `None` leaves it to the system.
    pub(super) fn receive_buffer(&self) -> Option<u32> {
        matches!(self, Self::Narrow).then_some(NARROW)
    }

    /// The treatment of direction `way` of the `number`-th connection, the first being 0.
    pub(super) fn treatment(&self, number: usize, way: Way) -> Treatment {
        let mut treatment = Treatment::default();
        match self {
            Self::Nothing => {}
            Self::Narrow => treatment.narrow = true,
            Self::Delay(delay) => treatment.delay = *delay,
            Self::Cut(cut) if number == 0 && cut.way == way => treatment.cut = Some(cut.clone()),
            Self::Cut(_) => {}
            Self::Trickle { way: slow, bytes, every } if *slow == way => {
                treatment.trickle = Some(((*bytes).max(1), *every));
            }
            Self::Trickle { .. } => {}
            Self::LateEnd(delay) if way == Way::Up => treatment.end_delay = *delay,
            Self::LateEnd(_) => {}
        }
        treatment
    }
}
