//! One generator process: started, told what to do, listened to, and ended when it does not end by itself.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use loadgen::shards::{RECORD_FILE, ShardRecord};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::words::{Job, Order, Told, Word, line};

/// Longest time until a process is ready: it asks its target whether it is healthy, and reads questions.
const PREPARING: Duration = Duration::from_secs(120);
/// Longest time that writing an order, or leaving after the last word, may take.
const LEAVING: Duration = Duration::from_secs(20);

/// What all processes are to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Prepare, and wait.
    Wait,
    /// Play from this moment on, and be through by the other.
    Play(SystemTime, Instant),
    /// End in good order, and be through by then.
    Stop(Instant),
}

/// What is heard of a process.
#[derive(Debug)]
pub(super) enum News {
    /// It could begin.
    Ready,
    /// A second is over.
    Second(Box<Told>),
    /// It is over.
    Ended(Outcome),
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It has brought its part home.
    Done(Box<ShardRecord>, Vec<u8>),
    /// It could not do its work: why.
    Failed(String),
    /// It was lost: how.
    Lost(String),
}

/// A started process.
pub(super) struct Process {
    child: Child,
    orders: ChildStdin,
    words: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
}

impl Process {
    /// Starts it and tells it its job.
    pub(super) async fn start(job: &Job) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&job.folder)
            .with_context(|| format!("can't make {}", job.folder.display()))?;
        let binary = std::env::current_exe().context("can't find this program's own file")?;
        let mut child = Command::new(binary)
            .arg("load-worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C reaches the whole foreground group; this process decides when its workers end.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("can't start a generator process")?;
        let orders = child.stdin.take().context("it has no standard input")?;
        let words = child.stdout.take().context("it has no standard output")?;
        let words = BufReader::new(words).lines();
        let mut process = Self { child, orders, words, folder: job.folder.clone() };
        process
            .order(&Order::Prepare(Box::new(job.clone())))
            .await
            .context("can't tell a generator its job")?;
        Ok(process)
    }

    /// Its process id.
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    async fn order(&mut self, order: &Order) -> std::io::Result<()> {
        let text = line(order);
        let written = async {
            self.orders.write_all(text.as_bytes()).await?;
            self.orders.flush().await
        };
        timeout(LEAVING, written).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
    }

    /// Sees it through to its end, which is the last news of it.
    pub(super) async fn tend(
        mut self,
        index: usize,
        mut standing: watch::Receiver<Standing>,
        news: mpsc::UnboundedSender<(usize, News)>,
    ) {
        let outcome = self.follow(index, &mut standing, &news).await;
        // Whoever listens no longer does not miss it.
        let _ = news.send((index, News::Ended(outcome)));
    }

    async fn follow(
        &mut self,
        index: usize,
        standing: &mut watch::Receiver<Standing>,
        news: &mpsc::UnboundedSender<(usize, News)>,
    ) -> Outcome {
        let mut deadline = Instant::now() + PREPARING;
        loop {
            tokio::select! {
                word = self.words.next_line() => match word {
                    Ok(Some(text)) => match serde_json::from_str::<Word>(&text) {
                        // From here on the parent says until when.
                        Ok(Word::Ready) => {
                            deadline += WAITING;
                            let _ = news.send((index, News::Ready));
                        }
                        Ok(Word::Second(told)) => {
                            let _ = news.send((index, News::Second(told)));
                        }
                        Ok(Word::Done) => return self.record().await,
                        Ok(Word::Failed { text }) => return Outcome::Failed(text),
                        Err(error) => return self.gone(&format!("said what nobody understands ({error})")).await,
                    },
                    Ok(None) | Err(_) => return self.gone("").await,
                },
                Ok(()) = standing.changed() => {
                    let now = *standing.borrow_and_update();
                    let order = match now {
                        Standing::Wait => continue,
                        Standing::Play(at, until) => {
                            deadline = until;
                            let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                            Order::Start { at_us: u64::try_from(since.as_micros()).unwrap_or(u64::MAX) }
                        }
                        Standing::Stop(until) => {
                            deadline = until;
                            Order::Stop
                        }
                    };
                    // A process that can't be told is gone, which its silence says.
                    let _ = self.order(&order).await;
                },
                () = sleep_until(deadline) => {
                    return self.gone("did not come to its end in time and was killed").await;
                }
            }
        }
    }

    /// Reads what it has written.
    async fn record(&mut self) -> Outcome {
        // Its work is done: whether it leaves in good order decides nothing.
        let _ = timeout(LEAVING, self.child.wait()).await;
        match read(&self.folder) {
            Ok((record, hdr_log)) => Outcome::Done(Box::new(record), hdr_log),
            Err(error) => Outcome::Lost(format!("left no record that can be read ({error:#})")),
        }
    }

    /// It has ended without a last word, or is made to.
    async fn gone(&mut self, why: &str) -> Outcome {
        if !why.is_empty() {
            let _ = self.child.start_kill();
        }
        let status = timeout(LEAVING, self.child.wait()).await;
        Outcome::Lost(match status {
            _ if !why.is_empty() => why.to_owned(),
            Ok(Ok(status)) => describe(status),
            _ => "closed its standard output".to_owned(),
        })
    }
}

/// A planned start may be that far away.
const WAITING: Duration = Duration::from_secs(86_400);

fn read(folder: &Path) -> anyhow::Result<(ShardRecord, Vec<u8>)> {
    let path = folder.join(RECORD_FILE);
    let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let record = ShardRecord::parse(&text, &path.display().to_string())?;
    let path = folder.join(super::HDR_FILE);
    Ok((record, std::fs::read(&path).with_context(|| path.display().to_string())?))
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
