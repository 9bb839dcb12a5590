//! Packs the requirements: they are 0.4 MB of text, which the program reads once.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use miniz_oxide::deflate::{CompressionLevel, compress_to_vec};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=requirements");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for entry in fs::read_dir("requirements")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            pack(&path, &out)?;
        }
    }
    Ok(())
}

/// Writes `AREA.toml.z` for `AREA.toml`.
fn pack(path: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut name = path.file_name().ok_or("a file without a name")?.to_owned();
    name.push(".z");
    let packed = compress_to_vec(&fs::read(path)?, CompressionLevel::UberCompression as u8);
    fs::write(out.join(name), packed)?;
    Ok(())
}
