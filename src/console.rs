//! What a person sees while a command runs: one live line on a terminal, plain lines elsewhere, errors as
//! what happened and why. Everything here goes to standard error; standard output is for results.

use std::io::{IsTerminal, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::{ColorChoice, Global};

/// Time between two plain progress lines where there is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

/// Terminal, colour and verbosity, decided once.
pub(crate) struct Console {
    color_stderr: bool,
    color_stdout: bool,
    quiet: bool,
    verbose: bool,
    live: Option<ProgressBar>,
    last_plain: Mutex<Option<Instant>>,
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Console {
    /// Decides by flags, `NO_COLOR`, `CLICOLOR_FORCE` and what the streams are.
    pub(crate) fn new(global: &Global) -> Self {
        let environment =
            |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        let color = |terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if environment("NO_COLOR") => false,
            ColorChoice::Auto => terminal || environment("CLICOLOR_FORCE"),
        };
        let color_stderr = color(std::io::stderr().is_terminal());
        let live = (!global.quiet && std::io::stderr().is_terminal()).then(live_line);
        Self {
            color_stderr,
            color_stdout: color(std::io::stdout().is_terminal()),
            quiet: global.quiet,
            verbose: global.verbose > 0,
            live,
            last_plain: Mutex::new(None),
            done: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
        }
    }

    /// True when standard output takes colour.
    pub(crate) fn color_stdout(&self) -> bool {
        self.color_stdout
    }

    /// True when standard error takes colour.
    pub(crate) fn color_stderr(&self) -> bool {
        self.color_stderr
    }

    /// True when every finding is wanted, not only those that need attention.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Begins to count to `total`.
    pub(crate) fn count(&self, total: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// One more of them is done.
    pub(crate) fn advance(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// How far it is, such as ` 17/96`.
    pub(crate) fn counted(&self) -> String {
        let total = self.total.load(Ordering::Relaxed);
        let width = total.to_string().len();
        format!("{:>width$}/{total}", self.done.load(Ordering::Relaxed))
    }

    /// A step that begins: one line that stays.
    pub(crate) fn step(&self, text: &str) {
        self.line(&self.paint(anstyle::Style::new().bold(), text));
    }

    /// A line that stays.
    pub(crate) fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.live {
            Some(live) => live.suspend(|| eprint_line(text)),
            None => eprint_line(text),
        }
    }

    /// What is going on now: replaces itself on a terminal, is a line every few seconds elsewhere.
    pub(crate) fn progress(&self, text: &str) {
        if self.quiet {
            return;
        }
        if let Some(live) = &self.live {
            live.set_message(text.to_owned());
            live.tick();
            return;
        }
        let mut last = self.last_plain.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() >= PLAIN_INTERVAL) {
            *last = Some(Instant::now());
            eprint_line(text);
        }
    }

    /// Clears the live line.
    pub(crate) fn settle(&self) {
        if let Some(live) = &self.live {
            live.set_message("");
            live.finish_and_clear();
        }
    }

    /// An error with its causes, innermost last.
    pub(crate) fn failure(&self, error: &anyhow::Error) {
        self.settle();
        let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
        let mut text = format!("{} {error}", self.paint(style, "error:"));
        let mut said = error.to_string();
        for cause in error.chain().skip(1) {
            let cause = cause.to_string();
            if !said.contains(&cause) {
                text.push_str("\n  because ");
                text.push_str(&cause);
                said = cause;
            }
        }
        eprint_line(&text);
    }

    fn paint(&self, style: anstyle::Style, text: &str) -> String {
        if self.color_stderr { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Writes to standard output; a closed pipe (`| head`) is not an error worth a word.
pub(crate) fn print(text: &str) -> std::io::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn eprint_line(text: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(Stderr, "{text}");
}

/// What is written to standard error while the full screen has the terminal.
static HELD: Mutex<Option<Vec<u8>>> = Mutex::new(None);

fn held() -> MutexGuard<'static, Option<Vec<u8>>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on everything for standard error waits.
pub(crate) fn hold() {
    held().get_or_insert_default();
}

/// Writes what has waited; from now on nothing waits.
pub(crate) fn release() {
    if let Some(text) = held().take() {
        let _ = std::io::stderr().lock().write_all(&text);
    }
}

/// Lets `text` wait; false when nothing waits at present.
pub(crate) fn keep(text: &str) -> bool {
    match &mut *held() {
        Some(waiting) => {
            waiting.extend_from_slice(text.as_bytes());
            true
        }
        None => false,
    }
}

/// Standard error, or the place where lines wait for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stderr;

impl std::io::Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut *held() {
            Some(waiting) => {
                waiting.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            None => std::io::stderr().lock().write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}

fn live_line() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
