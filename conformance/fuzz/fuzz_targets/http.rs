//! `cargo +nightly fuzz run http` in `conformance`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/oracle.rs"]
mod oracle;

fuzz_target!(|input: &[u8]| oracle::run(oracle::Parser::Http, input));
