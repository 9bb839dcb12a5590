//! Frames a second through the suite's codec: encode and mask, split, unmask and judge.

use conformance::peer::deflate::{Deflater, InflateRules, Inflater, Style};
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

/// Messages of telemetry, compressed and not: what a check of compression costs.
fn compression(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compression");
    group.throughput(Throughput::Elements(1));
    let text: String =
        (0..40).map(|at| format!("{{\"seq\":{at},\"level_mm\":{}}},", at * 37 % 4_000)).collect();
    let rules = InflateRules { window_bits: 15, takeover: false, limit: 1 << 20 };
    for (name, style) in [("usual", Style::Usual), ("fixed", Style::Fixed)] {
        let mut deflater = Deflater::new(15, false, style);
        let payload = deflater.message(text.as_bytes());
        group.bench_function(format!("deflate, {name}, {} bytes", text.len()), |bencher| {
            bencher.iter(|| deflater.message(text.as_bytes()).len());
        });
        let mut inflater = Inflater::new(rules);
        group.bench_function(format!("inflate, {name}, {} bytes", text.len()), |bencher| {
            bencher.iter(|| inflater.message(&payload).map(|message| message.bytes.len()));
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

criterion_group!(benches, codec, compression);
criterion_main!(benches);
