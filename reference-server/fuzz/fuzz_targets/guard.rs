//! Any text at all: what the guard lets through must leave the database as it was.
//!
//! `cargo +nightly fuzz run guard` in `reference-server`; seeds can be put into `fuzz/corpus/guard`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/oracle.rs"]
mod oracle;

thread_local! {
    static SCRATCH: oracle::Scratch = oracle::Scratch::new();
}

fuzz_target!(|text: &str| {
    SCRATCH.with(|scratch| scratch.judge(text).unwrap());
});
