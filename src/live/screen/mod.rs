//! The full screen: drawn by a thread of its own, so that a slow terminal delays nobody.

mod draw;
mod panels;
mod terminal;
mod theme;
mod view;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use loadgen::Snapshot;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tokio::sync::watch;

use crate::console::Console;
use terminal::FullScreen;
pub(crate) use terminal::check_terminal;
use theme::Theme;
use view::View;

/// Time between two looks at the keyboard.
const LOOK: Duration = Duration::from_millis(100);

/// The full screen while a run lasts; the terminal is as it was once this is dropped.
pub(crate) struct Screen {
    snapshots: Sender<Arc<Snapshot>>,
    asked: watch::Receiver<bool>,
    over: Arc<AtomicBool>,
    drawing: Option<JoinHandle<()>>,
}

impl Screen {
    /// Takes the terminal. Lines of the console wait until it is given back.
    pub(crate) fn open(console: &Console) -> anyhow::Result<Self> {
        console.settle();
        let screen = FullScreen::enter().context("can't take the full screen")?;
        let theme = Theme { color: console.color_stderr() };
        let (snapshots, heard) = channel();
        let (ask, asked) = watch::channel(false);
        let over = Arc::new(AtomicBool::new(false));
        let drawer = Drawer { screen, view: View::default(), theme, heard, ask, over: Arc::clone(&over) };
        let drawing = std::thread::Builder::new()
            .name("screen".to_owned())
            .spawn(move || drawer.work())
            .context("can't start the full screen")?;
        Ok(Self { snapshots, asked, over, drawing: Some(drawing) })
    }

    /// Where the seconds of the run go.
    pub(crate) fn feed(&self) -> Sender<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Comes back once somebody at the keyboard wants the run to end.
    pub(crate) async fn asked(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            // The screen is gone, and nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(drawing) = self.drawing.take() {
            // If it panicked, it gave the terminal back on its way out.
            let _ = drawing.join();
        }
    }
}

/// What the thread works with.
struct Drawer {
    screen: FullScreen,
    view: View,
    theme: Theme,
    heard: Receiver<Arc<Snapshot>>,
    ask: watch::Sender<bool>,
    over: Arc<AtomicBool>,
}

impl Drawer {
    /// Draws until the run is over or the view is left; a terminal that fails is given back, the run goes on.
    fn work(mut self) {
        let mut stale = true;
        while !self.over.load(Relaxed) {
            for snapshot in self.heard.try_iter() {
                self.view.second(snapshot);
                stale = true;
            }
            if stale && self.screen.draw(|frame| draw::draw(frame, &self.view, self.theme)).is_err() {
                return;
            }
            stale = match self.keyboard() {
                Ok(Some(stale)) => stale,
                Ok(None) | Err(_) => return,
            };
        }
    }

    /// True when what is on the screen is no longer right; `None` when the view shall be left.
    fn keyboard(&mut self) -> std::io::Result<Option<bool>> {
        if !event::poll(LOOK)? {
            return Ok(Some(false));
        }
        Ok(match event::read()? {
            Event::Key(key) if key.kind == KeyEventKind::Press => match command(key) {
                Some(Command::End) if self.view.is_ending() => None,
                Some(Command::End) => {
                    self.view.end();
                    self.ask.send_replace(true);
                    Some(true)
                }
                Some(Command::Freeze) => {
                    self.view.freeze();
                    Some(true)
                }
                Some(Command::Explain) => {
                    self.view.explain();
                    Some(true)
                }
                None => Some(false),
            },
            _ => Some(true),
        })
    }
}

/// What a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    /// Ends the run in good order; a second time, leaves the view.
    End,
    /// Holds the view still, or lets it go on.
    Freeze,
    /// Shows what everything means, or no longer.
    Explain,
}

fn command(key: KeyEvent) -> Option<Command> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        // In this mode the terminal makes no signal of it.
        KeyCode::Char('c') if control => Some(Command::End),
        KeyCode::Char('q' | 'Q') if !control => Some(Command::End),
        KeyCode::Char('p' | 'P') if !control => Some(Command::Freeze),
        KeyCode::Char('?' | 'h') | KeyCode::F(1) | KeyCode::Esc if !control => Some(Command::Explain),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_what_they_do() {
        let key = |code, modifiers| command(KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::NONE), Some(Command::End));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Command::End));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), None);
        assert_eq!(key(KeyCode::Char('p'), KeyModifiers::NONE), Some(Command::Freeze));
        assert_eq!(key(KeyCode::Char('?'), KeyModifiers::SHIFT), Some(Command::Explain));
        assert_eq!(key(KeyCode::Enter, KeyModifiers::NONE), None);
    }
}
