//! CPU per message of the generator against a plain client loop.
fn main() {}
