//! What several commands need before they start.

use std::future::Future;
use std::time::Duration;

use anyhow::Context as _;

use crate::exit::Failure;

/// Runs `future` to its end on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("can't start the asynchronous runtime")?;
    let result = runtime.block_on(future);
    // A blocked thread (a statement that is being interrupted) must not hold up the exit.
    runtime.shutdown_background();
    result
}

/// The system's allocator keeps what many connections once needed; asked once a second, it gives it back.
pub(crate) async fn give_memory_back() {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    loop {
        every_second.tick().await;
        // It may take a while on a large heap, so not on a thread that serves.
        if tokio::task::spawn_blocking(reference_server::observe::memory::trim).await.is_err() {
            return;
        }
    }
}

/// The environment, as far as it is text.
pub(crate) fn environment() -> Vec<(String, String)> {
    let text = |value: std::ffi::OsString| value.into_string().ok();
    std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// Marks an error as the user's: exit code 2, causes included in its text.
pub(crate) fn usage(error: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    Failure::Usage(flat(error)).into()
}

/// Marks an error as the target's: exit code 3, causes included in its text.
pub(crate) fn target(error: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    Failure::Target(flat(error)).into()
}

/// Gives an error of the suite the exit code it stands for.
pub(crate) fn conformance(error: conformance::Error) -> anyhow::Error {
    let code = error.exit_code();
    let text = flat(error);
    match code {
        2 => Failure::Usage(text),
        4 => Failure::NothingSelected(text),
        _ => Failure::Target(text),
    }
    .into()
}

fn flat(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(error))
}

/// `; did you mean "x"?` for a misspelt name, or nothing.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map_or_else(String::new, |(_, candidate)| format!("; did you mean {candidate:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_gets_a_suggestion_and_nonsense_gets_none() {
        assert_eq!(closest("conformence", ["conformance", "load"]), "; did you mean \"conformance\"?");
        assert_eq!(closest("zzz", ["conformance", "load"]), "");
    }
}
