//! Rows of the tables as lines that people can type.

use crate::checks::shell::{Line, in_words, legible, upgrade, without_noise};
use crate::peer::Frame;

use super::opening::{Answer, Asking};
use super::talk::{Act, End, Talk};

/// More frames and packets than this are no line, however short each is.
const MOST_STEPS: usize = 200;

impl Talk {
    /// The line that says it; none where it is too much to be typed.
    pub(super) fn by_hand(&self) -> Option<String> {
        if self.steps() > MOST_STEPS {
            return None;
        }
        let mut line = Line::open(&[]);
        let mut rest = Vec::new();
        for act in &self.quiet_acts() {
            line = match act {
                Act::Send(frame) => line.frame(frame),
                Act::Bare(frame) => line.octets(&frame.encode()),
                Act::Pieces(frames, size, _) => {
                    let bytes: Vec<u8> = frames.iter().flat_map(|frame| legible(frame).encode()).collect();
                    bytes.chunks(*size).fold(line, |line, piece| line.octets(piece).pause(".1"))
                }
                Act::Part(frame, octets) | Act::Drip(frame, octets) => {
                    let frame = legible(frame);
                    let whole = frame.encode();
                    let (first, more) = whole.split_at(whole.len() - frame.payload.len() + octets);
                    rest = more.to_vec();
                    line.octets(first).pause("1")
                }
                Act::Rest => line.octets(&std::mem::take(&mut rest)),
                Act::Conveyor(frames, _) => frames.iter().fold(line, Line::frame),
                Act::Bytes(bytes) => line.octets(bytes),
                Act::Head(frame, length) => line.octets(&legible(frame).encode_head(*length)),
                Act::Hear(_) | Act::HearClose | Act::Pause(_) => line.pause("1"),
                Act::HalfClose => line.half_close(),
            };
        }
        line.look(&self.expected())
    }

    /// How many frames and packets there are, about.
    fn steps(&self) -> usize {
        let steps = self.acts.iter().map(|act| match act {
            Act::Pieces(frames, size, _) => {
                let octets: usize = frames.iter().map(|frame| frame.payload.len()).sum();
                frames.len() + octets / (*size).max(1)
            }
            Act::Conveyor(frames, _) => frames.len(),
            _ => 1,
        });
        steps.sum()
    }

    /// What is done, with letters in place of long binary payloads.
    fn quiet_acts(&self) -> Vec<Act> {
        let sent: Vec<Frame> = self
            .acts
            .iter()
            .filter_map(|act| if let Act::Send(frame) = act { Some(frame.clone()) } else { None })
            .collect();
        let mut sent = without_noise(&sent).into_iter();
        let quiet = |act: &Act| match act {
            Act::Send(frame) => Act::Send(sent.next().unwrap_or_else(|| frame.clone())),
            Act::Pieces(frames, size, pause) => Act::Pieces(without_noise(frames), *size, *pause),
            other => other.clone(),
        };
        self.acts.iter().map(quiet).collect()
    }

    /// What must come, in words.
    fn expected(&self) -> String {
        let mut parts = vec!["101".to_owned()];
        match (self.echoes.len(), self.optional) {
            (0, _) => {}
            (1, false) => parts.push("what was sent".to_owned()),
            (count, false) => parts.push(format!("what was sent, {count} messages in order")),
            (_, true) => parts.push("what was sent, or not".to_owned()),
        }
        match self.pongs.len() {
            0 => {}
            1 => parts.push("a pong (8a) with the ping's payload".to_owned()),
            count => parts.push(format!("pongs (8a) with the pings' payloads, at least the last of {count}")),
        }
        if self.unwanted.is_some() {
            parts.push("no pong".to_owned());
        }
        parts.push(match self.end {
            End::Open => "no close frame (88)".to_owned(),
            End::OpenOrTooLarge => "or a close frame (88) with 1009 (03 f1), or the end of TCP".to_owned(),
            End::Failed([]) if self.untaken.is_some() => {
                let code = self.untaken.unwrap_or_default();
                format!("then a close frame (88), not with {}, or the end of TCP", in_words(&[code]))
            }
            End::Failed([]) => "then a close frame (88) or the end of TCP, and no answer".to_owned(),
            End::Failed(codes) => format!("then a close frame (88) with {}", in_words(codes)),
            End::Closed(true, codes) => format!("then a close frame (88) with {}", in_words(codes)),
            End::Closed(false, codes) => format!("then a close frame (88) without {}", in_words(codes)),
            End::Ended => "then the end of TCP: nc ends by itself".to_owned(),
        });
        parts.join(", ")
    }
}

impl Asking {
    /// The line that asks it.
    pub(super) fn by_hand(&self) -> Option<String> {
        let line = Line::asking(&(self.change)(upgrade()));
        match self.answer {
            Answer::Opens => line.pause("1").frame(&Frame::text("Hello")).look("101, then Hello"),
            Answer::Refused => line.look("a status of 400 or more, or the end of the connection"),
            Answer::NotUpgraded => line.look("any status but 101, or the end of the connection"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{askings, cases};

    /// Most rows are short enough; of the others their requirement says how it is done.
    #[test]
    fn rows_have_lines() {
        assert!(askings().filter(|asking| asking.by_hand().is_none()).count() <= 2);
        let (mut with, mut without) = (0, Vec::new());
        for case in cases() {
            match case.talk().by_hand() {
                Some(_) => with += 1,
                None => without.push(case.id.as_str()),
            }
        }
        assert!(with > 5 * without.len(), "{with} with a line; without: {without:?}");
    }
}
