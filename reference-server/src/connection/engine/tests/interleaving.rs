//! Whatever several publishers, pongs, pings and the close do at a stream that takes any number of bytes at a
//! time: the peer reads whole frames, each publisher's in order, the close last.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;

use super::super::outbox::{Outbox, QueueLimits};
use super::super::{Transport, encode, encode_text};

/// Takes as many bytes as the script says, then blocks until told.
#[derive(Debug, Default)]
struct Script {
    takes: Mutex<VecDeque<usize>>,
    written: Mutex<Vec<u8>>,
}

impl Transport for Script {
    fn poll_readable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.takes.lock().unwrap().is_empty() { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn try_read(&self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        // 0 in the script is a refusal, as is its end
        let Some(count @ 1..) = self.takes.lock().unwrap().pop_front() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let count = count.min(bytes.len());
        self.written.lock().unwrap().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn shutdown_write(&self) {}

    fn shutdown_both(&self) {}
}

#[derive(Debug, Clone)]
enum Step {
    Send { publisher: u8, exempt: bool },
    Pong,
    Ping,
    Room(Vec<usize>),
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_u8, any::<bool>()).prop_map(|(publisher, exempt)| Step::Send { publisher, exempt }),
        1 => Just(Step::Pong),
        1 => Just(Step::Ping),
        3 => prop::collection::vec(0..40_usize, 0..8).prop_map(Step::Room),
        2 => Just(Step::Flush),
    ];
    prop::collection::vec(step, 0..120)
}

/// Splits short frames; nothing may be left over.
fn frames(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let (mut frames, mut rest) = (Vec::new(), bytes);
    while let [first, length, tail @ ..] = rest {
        let (payload, next) = tail.split_at_checked(usize::from(*length)).expect("a whole frame");
        frames.push((*first, payload.to_vec()));
        rest = next;
    }
    assert!(rest.is_empty());
    frames
}

fn flush(outbox: &Outbox<Script>) {
    let _ = outbox.poll_flush(&mut Context::from_waker(Waker::noop()));
}

proptest! {
    #[test]
    fn frames_stay_whole_and_in_order(steps in steps()) {
        let limits = QueueLimits { messages: 1_000, bytes: 1_000_000 };
        let outbox = Outbox::new(Script::default(), limits);
        let mut sent: [Vec<String>; 3] = Default::default();
        for step in steps {
            match step {
                Step::Send { publisher, exempt } => {
                    let mine = &mut sent[usize::from(publisher)];
                    let text = format!("{publisher}:{}:{}", mine.len(), "x".repeat(mine.len() % 30));
                    let frame = encode_text(text.as_bytes());
                    let took = if exempt { outbox.send_exempt(&frame) } else { outbox.send(&frame) };
                    prop_assert_eq!(took, Ok(()));
                    mine.push(text);
                }
                Step::Pong => outbox.pong(encode::pong(b"pong")),
                Step::Ping => outbox.ping(encode::ping(b"ping")),
                Step::Room(takes) => outbox.transport().takes.lock().unwrap().extend(takes),
                Step::Flush => flush(&outbox),
            }
        }
        outbox.close(encode::close(Some(1000), "end"));
        outbox.transport().takes.lock().unwrap().extend(std::iter::repeat_n(usize::MAX, 1_000));
        flush(&outbox);
        let written = outbox.transport().written.lock().unwrap().clone();
        let frames = frames(&written);
        prop_assert_eq!(frames.last().map(|(first, _)| *first), Some(0x88));
        let mut seen: [Vec<String>; 3] = Default::default();
        for (first, payload) in &frames[..frames.len() - 1] {
            let text = String::from_utf8(payload.clone()).unwrap();
            match first {
                0x81 => seen[usize::from(payload[0] - b'0')].push(text),
                0x8A => prop_assert_eq!(text, "pong"),
                0x89 => prop_assert_eq!(text, "ping"),
                other => prop_assert!(false, "{other:#x}"),
            }
        }
        prop_assert_eq!(seen, sent);
        prop_assert_eq!(outbox.queued(), 0);
    }

    #[test]
    fn counts_return_to_nothing(rounds in prop::collection::vec((1..20_usize, 0..60_usize), 1..20)) {
        let outbox = Outbox::new(Script::default(), QueueLimits { messages: 30, bytes: 400 });
        let frame = encode_text(b"0123456789");
        for (messages, take) in rounds {
            for _ in 0..messages {
                // a limit of 30 messages of 12 bytes is never reached: every round ends with an empty queue
                prop_assert!(outbox.send(&frame).is_ok());
            }
            outbox.transport().takes.lock().unwrap().extend([take, 0]);
            flush(&outbox);
            outbox.transport().takes.lock().unwrap().extend(std::iter::repeat_n(usize::MAX, 100));
            flush(&outbox);
            prop_assert_eq!(outbox.queued(), 0);
            outbox.transport().takes.lock().unwrap().clear();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishers_on_several_threads_never_interleave() {
    let outbox = Arc::new(Outbox::new(Script::default(), QueueLimits { messages: 100_000, bytes: 1 << 30 }));
    outbox.transport().takes.lock().unwrap().extend((0..200_000).map(|index| index % 23));
    let publishers: Vec<_> = (0..4_u8)
        .map(|publisher| {
            let outbox = Arc::clone(&outbox);
            tokio::task::spawn_blocking(move || {
                for index in 0..500 {
                    outbox.send(&encode_text(format!("{publisher}:{index:03}").as_bytes())).unwrap();
                }
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.unwrap();
    }
    outbox.transport().takes.lock().unwrap().extend(std::iter::repeat_n(usize::MAX, 10_000));
    flush(&outbox);
    let written = outbox.transport().written.lock().unwrap().clone();
    let mut next = [0; 4];
    for (_, payload) in frames(&written) {
        let publisher = usize::from(payload[0] - b'0');
        assert_eq!(payload, format!("{publisher}:{:03}", next[publisher]).into_bytes());
        next[publisher] += 1;
    }
    assert_eq!(next, [500; 4]);
}
