//! goose logs through the `log` crate and would install a logger of its own that writes to stdout, where the
//! machine output goes. Ours comes first and hands its warnings to `tracing`.

use log::{Level, LevelFilter, Log, Metadata, Record};

struct Bridge;

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        match record.level() {
            Level::Error => tracing::error!(target: "goose", "{}", record.args()),
            Level::Warn => tracing::debug!(target: "goose", "{}", record.args()),
            _ => {}
        }
    }

    fn flush(&self) {}
}

/// Takes the place of goose's logger, unless the program has one already.
pub(super) fn install() {
    if log::set_logger(&Bridge).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}
