//! The side of a generator process: does its job, and says how it goes.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use loadgen::live::PartSecond;
use loadgen::shards::{RECORD_FILE, ShardRecord, Start};
use loadgen::{Observer, Options, Snapshot, Stop, Target};
use reports::model::{DatabaseFigures, Header};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};

use super::words::{Job, Order, Told, Word, line};
use crate::interrupt::Interrupts;
use crate::setup;

/// Plays one part, as the orders on standard input say.
pub(crate) async fn work() -> anyhow::Result<()> {
    let mut orders = Orders(BufReader::new(tokio::io::stdin()).lines());
    let Some(Order::Prepare(job)) = orders.next().await else {
        anyhow::bail!("this command is started by `tidegate load --workers N`, not by hand");
    };
    let trimming = tokio::spawn(setup::give_memory_back());
    let done = play(&job, orders).await;
    trimming.abort();
    match done {
        Ok(true) => say(&Word::Done),
        // It was ended before it began: nobody waits for a word.
        Ok(false) => {}
        Err(error) => say(&Word::Failed { text: format!("{error:#}") }),
    }
    Ok(())
}

/// What the parent orders, line by line.
struct Orders(Lines<BufReader<Stdin>>);

impl Orders {
    /// The next order; `None` when nobody is there any more, or says what can't be understood.
    async fn next(&mut self) -> Option<Order> {
        let text = self.0.next_line().await.ok()??;
        serde_json::from_str(&text).ok()
    }
}

/// Plays the job; false when it was ended before it began.
async fn play(job: &Job, mut orders: Orders) -> anyhow::Result<bool> {
    let target = Target::trusting(&job.url, &job.trust).await?.named(&job.target);
    let mut options = Options::new(job.header.clone());
    options.share = job.share;
    options.adds_up = true;
    options.tells_figures = job.tells_figures;
    options.data_seed = job.data_seed;
    let stop = Stop::new();
    let prepared = tokio::select! {
        prepared = loadgen::prepare(&job.scenario, &target, options, &stop) => prepared?,
        _ = orders.next() => return Ok(false),
    };
    say(&Word::Ready);
    let Some(Order::Start { at_us }) = orders.next().await else { return Ok(false) };
    let planned = SystemTime::UNIX_EPOCH + Duration::from_micros(at_us);
    let sessions = &job.scenario.sessions;
    let start = tokio::select! {
        start = Start::wait(planned, sessions.ramp + sessions.settle) => start?,
        _ = orders.next() => return Ok(false),
    };
    let listening = tokio::spawn(listen(orders, stop.clone(), Interrupts::listen()?));
    let played = prepared.play(start, Telling::default(), stop).await;
    listening.abort();
    keep(job, &start, played?)?;
    Ok(true)
}

/// Whatever comes now is the end: an order, the parent's own end, or a signal.
async fn listen(mut orders: Orders, stop: Stop, mut interrupts: Interrupts) {
    tokio::select! {
        _ = orders.next() => {}
        () = interrupts.next() => {}
    }
    stop.stop();
}

/// Writes the part where the parent looks for it.
fn keep(job: &Job, start: &Start, played: loadgen::Played) -> anyhow::Result<()> {
    let planned_at = jiff::Timestamp::try_from(start.planned()).context("the planned start is no time")?;
    let record = ShardRecord {
        header: Header { schema: ShardRecord::schema(), ..job.header.clone() },
        run: None,
        share: job.share,
        scenario: job.scenario.clone(),
        target: job.target.clone(),
        database: DatabaseFigures::default(),
        planned_at,
        late_us: u64::try_from(start.late().as_micros()).unwrap_or(u64::MAX),
        clock: None,
        ending: played.ending,
        reasons: Vec::new(),
        takings: played.takings,
    };
    let write = |name: &str, contents: &[u8]| {
        let path = job.folder.join(name);
        std::fs::write(&path, contents).with_context(|| format!("can't write {}", path.display()))
    };
    write(super::HDR_FILE, &played.hdr_log)?;
    write(RECORD_FILE, record.to_text()?.as_bytes())
}

/// Says `word`; a parent that is gone hears nothing, and its end is noticed elsewhere.
fn say(word: &Word) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(line(word).as_bytes()).and_then(|()| out.flush());
}

/// Tells the parent each second.
#[derive(Debug, Default, Clone)]
struct Telling(Arc<Mutex<PartSecond>>);

impl Observer for Telling {
    fn second(&self, snapshot: &Snapshot) {
        let part = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        say(&Word::Second(Box::new(Told::of(snapshot, part))));
    }

    fn part(&self, part: PartSecond) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = part;
    }
}
