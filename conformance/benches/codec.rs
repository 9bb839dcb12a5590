//! Frames a second through the suite's codec: encode and mask, split, unmask and judge.

use conformance::peer::{Assembler, Frame, Splitter};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const FRAMES: u64 = 1_000;

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Elements(FRAMES));
    for size in [200, 4_096] {
        let frame = Frame::text(vec![b'a'; size]);
        let masked = frame.clone().masked([1, 2, 3, 4]);
        group.bench_function(format!("encode masked, {size} bytes"), |bencher| {
            bencher.iter(|| (0..FRAMES).map(|_| masked.encode().len()).sum::<usize>());
        });
        let bytes: Vec<u8> = (0..FRAMES).flat_map(|_| frame.encode()).collect();
        group.bench_function(format!("decode and judge, {size} bytes"), |bencher| {
            bencher.iter(|| decode(&bytes));
        });
    }
    group.finish();
}

/// Counts the messages in `bytes`, which come in pieces as from a socket.
fn decode(bytes: &[u8]) -> usize {
    let (mut splitter, mut assembler) = (Splitter::new(1 << 20), Assembler::new(1 << 20));
    let mut count = 0;
    for piece in bytes.chunks(16 * 1024) {
        splitter.push(piece);
        while let Ok(Some(raw)) = splitter.next_frame() {
            count += usize::from(matches!(assembler.push(raw.frame), Ok(Some(_))));
        }
    }
    count
}

criterion_group!(benches, codec);
criterion_main!(benches);
