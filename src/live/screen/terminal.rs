//! The terminal taken and given back, whatever happens in between.

use std::io::{IsTerminal as _, Stderr, stderr, stdin};
use std::sync::Once;

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::{Frame, Terminal};

use crate::console;
use crate::exit::Failure;

/// Refuses a full screen where there is none, before anything has begun.
pub(crate) fn check_terminal() -> anyhow::Result<()> {
    let missing = if !stderr().is_terminal() {
        Some("standard error is not one")
    } else if !stdin().is_terminal() {
        Some("standard input is not one")
    } else if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        Some("TERM is dumb")
    } else {
        None
    };
    match missing {
        Some(why) => {
            let text = format!("--tui needs a terminal, and {why}; without it a line tells how the run goes");
            Err(Failure::Usage(text).into())
        }
        None => Ok(()),
    }
}

/// The full screen on standard error: standard output is for results.
pub(super) struct FullScreen {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    _restore: Restore,
}

impl FullScreen {
    pub(super) fn enter() -> std::io::Result<Self> {
        keep_panics_back();
        enable_raw_mode()?;
        console::hold();
        // From here on dropping gives everything back, also when the next step fails.
        let restore = Restore;
        execute!(stderr(), EnterAlternateScreen, Hide)?;
        let terminal = Terminal::new(CrosstermBackend::new(stderr()))?;
        Ok(Self { terminal, _restore: restore })
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> std::io::Result<()> {
        self.terminal.draw(draw).map(|_| ())
    }
}

/// Gives the terminal back when it is dropped.
struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        // Nobody is left to tell when the terminal itself is gone.
        let _ = execute!(stderr(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
        console::release();
    }
}

/// While the screen is taken, the word of a panic waits like every other line: many panics are caught, and those that
/// are not give the screen back while they unwind.
fn keep_panics_back() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !console::keep(&format!("{panic}\n")) {
                before(panic);
            }
        }));
    });
}
