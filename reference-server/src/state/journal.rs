//! Changes on their way to the file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::error::StateError;
use super::file::{Batch, StateFile};
use super::record::{Saved, SavedContext, SavedSession};
use crate::wire::identity::{SessionId, UserId};

/// Pause after a failed write; it doubles up to the other.
const RETRY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// The way to the state file. Dropping it writes what is left and closes the file.
pub struct Journal {
    desk: Arc<Desk>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What both sides see.
struct Desk {
    path: PathBuf,
    tray: Mutex<Tray>,
    /// There is something to write, or it is over.
    filled: Condvar,
    /// A batch was written, or was refused.
    settled: Condvar,
    statements: AtomicU64,
    degraded: AtomicBool,
}

#[derive(Default)]
struct Tray {
    batch: Batch,
    writing: bool,
    refused: u32,
    closed: bool,
}

impl Journal {
    /// Opens or makes the state file at `path`, and gives what it holds. To be called where blocking is allowed.
    ///
    /// # Errors
    /// A file that can't be used, each reason with what to do about it.
    pub fn open(path: &Path) -> Result<(Self, Saved), StateError> {
        let file = StateFile::open(path)?;
        let saved = file.read()?;
        Ok((Self::over(file, path)?, saved))
    }

    fn over(mut file: StateFile, path: &Path) -> Result<Self, StateError> {
        let desk = Arc::new(Desk {
            path: path.to_owned(),
            tray: Mutex::default(),
            filled: Condvar::new(),
            settled: Condvar::new(),
            statements: AtomicU64::new(0),
            degraded: AtomicBool::new(false),
        });
        let shared = Arc::clone(&desk);
        let writer = std::thread::Builder::new()
            .name("state".to_owned())
            .spawn(move || shared.write_all(&mut file))
            .map_err(|source| StateError::Thread { path: path.to_owned(), source })?;
        Ok(Self { desk, writer: Mutex::new(Some(writer)) })
    }

    /// Will write a session.
    pub fn put_session(&self, session: SavedSession) {
        self.desk.change(|batch| {
            batch.sessions.insert(session.id.clone(), Some(session));
        });
    }

    /// Will take a session away.
    pub fn forget_session(&self, id: &SessionId) {
        self.desk.change(|batch| {
            batch.sessions.insert(id.clone(), None);
        });
    }

    /// Will write what a user selected.
    pub fn put_user(&self, user: &UserId, context: SavedContext) {
        self.desk.change(|batch| {
            batch.users.insert(user.clone(), Some(context));
        });
    }

    /// Will take away what a user selected.
    pub fn forget_user(&self, user: &UserId) {
        self.desk.change(|batch| {
            batch.users.insert(user.clone(), None);
        });
    }

    /// Waits until all is written; false if the disk refuses, or `patience` is over. Blocks.
    #[must_use]
    pub fn flush(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut tray = self.desk.lock();
        let refused = tray.refused;
        loop {
            if tray.batch.is_empty() && !tray.writing {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || tray.refused != refused {
                return false;
            }
            tray = self.desk.settled.wait_timeout(tray, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes what is left and closes the file; what changes later is not written. Blocks.
    pub fn close(&self) {
        self.desk.lock().closed = true;
        self.desk.filled.notify_all();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // It can't panic; if it did, the file is as the last batch left it.
            let _ = writer.join();
        }
    }

    /// Whether the newest write failed: what changed since is in memory only.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.desk.degraded.load(Ordering::Relaxed)
    }

    /// Statements written so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.desk.statements.load(Ordering::Relaxed)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Journal").field("path", &self.desk.path).finish_non_exhaustive()
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Tray> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Batch)) {
        let mut tray = self.lock();
        if !tray.closed {
            change(&mut tray.batch);
            drop(tray);
            self.filled.notify_one();
        }
    }

    /// The writer's life.
    fn write_all(&self, file: &mut StateFile) {
        let mut pause = RETRY.0;
        while let Some(batch) = self.next() {
            let outcome = file.write(&batch);
            let mut tray = self.lock();
            tray.writing = false;
            match outcome {
                Ok(statements) => {
                    self.statements.fetch_add(statements, Ordering::Relaxed);
                    if self.degraded.swap(false, Ordering::Relaxed) {
                        tracing::info!(file = %self.path.display(), "the state file can be written again");
                    }
                    pause = RETRY.0;
                    drop(tray);
                    self.settled.notify_all();
                }
                Err(error) => {
                    tray.batch.put_back(batch);
                    tray.refused = tray.refused.wrapping_add(1);
                    let waiting = tray.batch.sessions.len() + tray.batch.users.len();
                    if !self.degraded.swap(true, Ordering::Relaxed) || tray.closed {
                        tracing::error!(
                            file = %self.path.display(), %error, waiting,
                            "the state file can't be written: changes stay in memory and are tried again"
                        );
                    }
                    self.settled.notify_all();
                    if tray.closed {
                        return;
                    }
                    drop(self.filled.wait_timeout_while(tray, pause, |tray| !tray.closed));
                    pause = (pause * 2).min(RETRY.1);
                }
            }
        }
    }

    /// The next batch; `None` when it is over and nothing is left.
    fn next(&self) -> Option<Batch> {
        let mut tray = self.lock();
        while tray.batch.is_empty() {
            if tray.closed {
                return None;
            }
            tray = self.filled.wait(tray).unwrap_or_else(PoisonError::into_inner);
        }
        tray.writing = true;
        Some(std::mem::take(&mut tray.batch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn session(name: &str, touched: i64) -> SavedSession {
        let context =
            SavedContext { database: "tpch".to_owned(), tables: Some(vec!["orders".to_owned()]), until: 7 };
        SavedSession {
            id: SessionId::parse(name).unwrap(),
            user: Some(UserId::new("u'1")),
            touched,
            ended: (touched == 3).then_some(4),
            context: Some(context),
        }
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("state.sqlite");
        (folder, path)
    }

    #[test]
    fn what_was_put_is_there_after_opening_again() {
        let (_folder, path) = folder();
        let (journal, saved) = Journal::open(&path).unwrap();
        assert_eq!(saved, Saved::default());
        let context = SavedContext { database: "financial_db".to_owned(), tables: None, until: 9 };
        journal.put_session(session("session_a", 1));
        journal.put_session(session("session_b", 3));
        journal.put_session(session("session_c", 5));
        journal.put_user(&UserId::new("u1"), context.clone());
        journal.put_user(&UserId::new("u2"), context.clone());
        assert!(journal.flush(PATIENCE));
        assert_eq!(journal.statements(), 5);
        journal.put_session(session("session_a", 2));
        journal.forget_session(&SessionId::parse("session_c").unwrap());
        journal.forget_user(&UserId::new("u2"));
        drop(journal);
        let (_journal, mut saved) = Journal::open(&path).unwrap();
        saved.sessions.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(saved.sessions, [session("session_a", 2), session("session_b", 3)]);
        assert_eq!(saved.users, [super::super::SavedUser { user: UserId::new("u1"), context }]);
    }

    #[test]
    fn a_second_server_is_refused_and_the_first_goes_on() {
        let (_folder, path) = folder();
        let (first, _) = Journal::open(&path).unwrap();
        let refused = Journal::open(&path).unwrap_err();
        assert!(matches!(refused, StateError::InUse { .. }), "{refused}");
        assert!(refused.to_string().contains("state.sqlite"), "{refused}");
        first.put_session(session("session_a", 1));
        assert!(first.flush(PATIENCE));
        drop(first);
        assert_eq!(Journal::open(&path).unwrap().1.sessions.len(), 1);
    }

    #[test]
    fn a_damaged_file_is_named_with_what_to_do() {
        let (_folder, path) = folder();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "this is no database, and long enough to be seen as one ".repeat(40)).unwrap();
        let refused = Journal::open(&path).unwrap_err();
        assert!(matches!(refused, StateError::Damaged { .. }), "{refused}");
        assert!(refused.to_string().contains("state.sqlite") && refused.to_string().contains("move it away"));
        std::fs::remove_file(&path).unwrap();
        drop(Journal::open(&path).unwrap());
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 3;
        bytes[middle..].fill(0xA5);
        std::fs::write(&path, bytes).unwrap();
        let refused = Journal::open(&path).unwrap_err();
        assert!(matches!(refused, StateError::Damaged { .. }), "{refused}");
    }

    #[test]
    fn a_foreign_and_a_newer_file_are_left_alone() {
        let (_folder, path) = folder();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE precious (x)").unwrap();
        drop(other);
        let refused = Journal::open(&path).unwrap_err();
        assert!(matches!(refused, StateError::Foreign { .. }), "{refused}");
        let own = path.with_file_name("own.sqlite");
        drop(Journal::open(&own).unwrap());
        rusqlite::Connection::open(&own).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let refused = Journal::open(&own).unwrap_err();
        assert!(matches!(refused, StateError::Newer { version: 99, .. }), "{refused}");
    }

    #[test]
    fn a_full_disk_loses_nothing_and_is_written_later() {
        let (_folder, path) = folder();
        let file = StateFile::open(&path).unwrap();
        file.limit(4);
        let journal = Journal::over(file, &path).unwrap();
        let names: Vec<String> = (0..500).map(|number| format!("session_{number:05}")).collect();
        for name in &names {
            journal.put_session(session(name, 1));
        }
        assert!(!journal.flush(PATIENCE), "the disk is full");
        assert!(journal.is_degraded());
        // Most of them go, and with them the want of space.
        for name in &names[1..] {
            journal.forget_session(&SessionId::parse(name).unwrap());
        }
        let deadline = Instant::now() + PATIENCE;
        while !journal.flush(PATIENCE) {
            assert!(Instant::now() < deadline, "it is tried again");
        }
        assert!(!journal.is_degraded());
        drop(journal);
        assert_eq!(Journal::open(&path).unwrap().1.sessions, [session("session_00000", 1)]);
    }
}
