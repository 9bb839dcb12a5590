//! What is compressed: five kinds of payload, made anew the same way in every run.

use std::sync::LazyLock;

use crate::peer::Message;

/// A kind of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Corpus {
    /// Readings as JSON: text that repeats itself often.
    Telemetry,
    /// English words in any order: text as people write it.
    Prose,
    /// Words of many scripts: text of two to four octets a character.
    Scripts,
    /// A picture without compression: octets that change slowly.
    Image,
    /// Octets in which nothing repeats: no compressor makes them smaller.
    Noise,
}

/// Octets that are made of each kind.
const SIZE: usize = 160 * 1024;

static TELEMETRY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    made(|step, out| {
        let (a, b) = (random(step), random(step + 1));
        let sensor = ["north", "south", "harbour", "lock", "weir"][a as usize % 5];
        out.push_str(&format!(
            "{{\"seq\":{step},\"sensor\":\"{sensor}-{}\",\"level_mm\":{},\"open\":{}}},",
            a % 17,
            b % 4_000,
            b % 3 == 0
        ));
    })
});

static PROSE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const WORDS: &[&str] = &[
        "the", "tide", "came", "in", "over", "a", "wide", "grey", "river", "and", "nobody", "at", "gate",
        "had", "seen", "so", "much", "water", "before", "it", "was", "said", "that", "old", "wall", "would",
        "hold", "for", "another", "year", "of", "wind", "rain", "their", "children", "counted", "ships",
    ];
    made(|step, out| {
        out.push_str(WORDS[random(step) as usize % WORDS.len()]);
        out.push_str(if random(step + 7).is_multiple_of(11) { ". " } else { " " });
    })
});

static SCRIPTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const WORDS: &[&str] =
        &["κόσμε", "Привет", "潮汐", "ゲート", "שלום", "नदी", "größe", "🌊", "🚢⚓", "𝄞", "한국", "ñandú"];
    made(|step, out| {
        out.push_str(WORDS[random(step) as usize % WORDS.len()]);
        out.push(' ');
    })
});

static IMAGE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pixel = |at: usize| {
        let (row, column) = (at / 512, at % 512);
        (row / 2 + column / 4) as u8 ^ u8::from(random(at as u32).is_multiple_of(13))
    };
    (0..SIZE).map(pixel).collect()
});

static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| (0..SIZE).map(|at| random(at as u32) as u8).collect());

/// Text of at least [`SIZE`] octets, step by step.
fn made(mut step: impl FnMut(u32, &mut String)) -> Vec<u8> {
    let mut out = String::with_capacity(SIZE + 256);
    let mut count = 0;
    while out.len() < SIZE {
        step(count, &mut out);
        count += 1;
    }
    out.into_bytes()
}

/// A number that looks random; the same for the same seed.
fn random(seed: u32) -> u32 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9).wrapping_mul(0x85eb_ca6b);
    mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
    mixed ^= mixed >> 16;
    mixed.wrapping_mul(0x27d4_eb2d) >> 8
}

impl Corpus {
    /// Name in ids and titles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Telemetry => "telemetry",
            Self::Prose => "prose",
            Self::Scripts => "scripts",
            Self::Image => "image",
            Self::Noise => "noise",
        }
    }

    /// What it is, in titles.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Telemetry => "JSON",
            Self::Prose => "English text",
            Self::Scripts => "text of many scripts",
            Self::Image => "a picture's octets",
            Self::Noise => "octets that can't be compressed",
        }
    }

    /// Whether its messages are text.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Telemetry | Self::Prose | Self::Scripts)
    }

    /// Message `number` of exactly `size` octets. Those of one connection differ, and have much in common.
    pub(crate) fn message(self, size: usize, number: usize) -> Message {
        let all = match self {
            Self::Telemetry => &TELEMETRY,
            Self::Prose => &PROSE,
            Self::Scripts => &SCRIPTS,
            Self::Image => &IMAGE,
            Self::Noise => &NOISE,
        };
        let start = (number * 37) % (all.len() - size.min(all.len() - 1));
        let mut octets = all[start..(start + size).min(all.len())].to_vec();
        if !self.is_text() {
            return Message::Binary(octets);
        }
        // Characters that were cut at either end become dots.
        let head = octets.iter().take_while(|octet| **octet & 0xc0 == 0x80).count();
        octets[..head].fill(b'.');
        if let Err(cut) = std::str::from_utf8(&octets) {
            let whole = cut.valid_up_to();
            octets[whole..].fill(b'.');
        }
        Message::Text(String::from_utf8_lossy(&octets).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_their_size_and_differ() {
        for corpus in [Corpus::Telemetry, Corpus::Prose, Corpus::Scripts, Corpus::Image, Corpus::Noise] {
            for size in [0, 1, 16, 64, 4_096, 131_072] {
                let message = corpus.message(size, 0);
                assert_eq!(message.to_frame().payload.len(), size, "{corpus:?}");
                let other = corpus.message(size, 1);
                assert!(size < 16 || message != other, "{corpus:?} {size}");
                assert_eq!(matches!(message, Message::Text(_)), corpus.is_text());
            }
        }
    }
}
