//! Renders recorded runs again, as `tidegate report` does, without building the whole tool:
//! `cargo run -p reports --example render -- DIR…`.

use std::path::PathBuf;

use reports::{RunDir, RunReport};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for folder in std::env::args().skip(1).map(PathBuf::from) {
        let run = RunReport::read(&folder)?;
        run.render(&RunDir::open(&folder)?)?;
        println!("{}", folder.join(reports::PAGE_FILE).display());
    }
    Ok(())
}
