//! Writes the pages of made runs, to be looked at: `cargo run -p reports --example sample_page -- DIR`.

#[path = "../tests/sample/mod.rs"]
#[expect(dead_code, unreachable_pub, reason = "the tests use more of the made results")]
mod sample;

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/sample-pages".into()));
    let runs = [
        ("gate-pass", sample::gate_pass()),
        ("gate-fail", sample::gate_fail()),
        ("check-pass", sample::check_pass()),
        ("prove-fail", sample::prove_fail()),
        ("target-gone", sample::target_gone()),
        ("compared", sample::compared()),
        ("large", sample::large()),
        ("hour", sample::hour()),
    ];
    for (name, run) in runs {
        let dir = reports::RunDir::create(&out, name, "2026-11-21T12:00:00Z".parse()?)?;
        run.write(&dir)?;
        let page = dir.path().join(reports::PAGE_FILE);
        print!("{}", reports::terminal::verdict_screen(&run, &page, true));
    }
    Ok(())
}
