//! The parts of the screen.

use loadgen::Snapshot;
use loadgen::live::{Detail, LiveThreshold, ThresholdState};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Sparkline};
use reports::model::{GeneratorVerdict, Quantiles};
use reports::wording;

use super::theme::Theme;
use super::view::{Second, View};

/// Columns of a figure before its chart.
const FIGURES: u16 = 28;

/// Draws a box and comes back with what is inside, one column off its sides.
fn boxed(frame: &mut Frame<'_>, area: Rect, title: String, theme: Theme) -> Rect {
    let block = Block::bordered().title(Span::styled(title, theme.bold())).border_style(theme.dim());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// Sessions, messages and questions, and how many messages there were in each second.
pub(super) fn load(frame: &mut Frame<'_>, area: Rect, view: &View, snapshot: &Snapshot, theme: Theme) {
    let inner = boxed(frame, area, " load ".to_owned(), theme);
    let detail = snapshot.detail.as_deref();
    let mut lines = vec![
        Line::raw(format!(
            "sessions   {} of {} held",
            wording::count(snapshot.sessions),
            wording::count(snapshot.requested)
        )),
        Line::raw(format!(
            "queries    {}/s, {} in flight",
            wording::count(snapshot.queries),
            wording::count(snapshot.in_flight)
        )),
    ];
    lines.push(match detail.and_then(|detail| detail.arrivals) {
        Some(arrivals) => {
            let text = format!(
                "arrivals   {}, {} dropped",
                wording::count(arrivals.offered),
                wording::count(arrivals.dropped)
            );
            Line::styled(text, if arrivals.dropped > 0 { theme.bad() } else { ratatui::style::Style::new() })
        }
        None => {
            let text = format!(
                "answers    {} compared, {} wrong",
                wording::count(snapshot.verified),
                wording::count(snapshot.wrong)
            );
            Line::styled(text, if snapshot.wrong > 0 { theme.bad() } else { ratatui::style::Style::new() })
        }
    });
    lines.push(Line::raw(format!("messages   {}/s", wording::count(snapshot.sent + snapshot.received))));
    let height = u16::try_from(lines.len()).unwrap_or(inner.height).min(inner.height);
    let [text, chart] = Layout::vertical([Constraint::Length(height), Constraint::Fill(1)]).areas(inner);
    frame.render_widget(Paragraph::new(lines), text);
    let seconds = view.last(usize::from(chart.width)).map(|second| Some(second.messages));
    frame.render_widget(Sparkline::default().data(seconds).style(theme.first()), chart);
}

/// Times of the leading operation on both clocks, second by second.
pub(super) fn times(frame: &mut Frame<'_>, area: Rect, view: &View, snapshot: &Snapshot, theme: Theme) {
    let leading = snapshot.detail.as_deref().and_then(Detail::leading).unwrap_or("times");
    let inner = boxed(frame, area, format!(" {} in the last second ", plain(leading)), theme);
    let [head, first, second] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Fill(1)]).areas(inner);
    frame.render_widget(Line::styled(format!("{:<9}{:>9}{:>9}", "", "p50", "p99"), theme.dim()), head);
    // One scale for both, so that they can be compared.
    let width = usize::from(inner.width);
    let p99 = |of: fn(&Second) -> Option<Quantiles>| move |second: &Second| of(second).map(|times| times.p99);
    let (service, intended) = (p99(|second| second.service), p99(|second| second.intended));
    let largest = view.last(width).flat_map(|second| [service(second), intended(second)]).flatten().max();
    let newest = view.last(1).next().copied().unwrap_or_default();
    for (area, name, times, of, style) in [
        (first, "service", newest.service, service, theme.first()),
        (second, "intended", newest.intended, intended, theme.second()),
    ] {
        let [text, chart] =
            Layout::horizontal([Constraint::Length(FIGURES), Constraint::Fill(1)]).areas(area);
        let shown =
            |of: fn(&Quantiles) -> u64| times.as_ref().map_or("–".to_owned(), |t| wording::micros(of(t)));
        let line = format!("{name:<9}{:>9}{:>9}", shown(|times| times.p50), shown(|times| times.p99));
        frame.render_widget(Line::styled(line, style), text);
        let seconds = view.last(usize::from(chart.width)).map(of);
        let chart_of = Sparkline::default().data(seconds).max(largest.unwrap_or(1).max(1)).style(style);
        frame.render_widget(chart_of, chart);
    }
}

/// The limits, the missed ones first.
pub(super) fn thresholds(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let inner = boxed(frame, area, " limits ".to_owned(), theme);
    let mut limits: Vec<&LiveThreshold> =
        snapshot.detail.iter().flat_map(|detail| &detail.thresholds).collect();
    limits.sort_by_key(|limit| limit.state != ThresholdState::Missed);
    let width = usize::from(inner.width);
    let lines = limits.iter().map(|limit| {
        let (mark, style) = match limit.state {
            ThresholdState::Kept => ("✓", theme.good()),
            ThresholdState::Missed => ("✗", theme.bad()),
            ThresholdState::Open => ("·", theme.dim()),
        };
        let actual = match limit.state {
            ThresholdState::Open => "–",
            _ => limit.result.actual.as_str(),
        };
        let abort = if limit.abort.is_some() { " !" } else { "" };
        let bound = plain(&format!(" {}{abort}", limit.result.limit));
        // The name is cut before the limit is.
        let room = width.saturating_sub(3 + actual.chars().count());
        let name = cut(&plain(&limit.result.name), room.saturating_sub(bound.chars().count()));
        let text = cut(&format!("{name}{bound}"), room);
        Line::styled(format!("{mark} {text:<room$} {actual}"), style)
    });
    frame.render_widget(Paragraph::new(that_fit(lines.collect(), inner.height, theme)), inner);
}

/// Errors by code with an example, the most frequent first.
pub(super) fn errors(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let title = match snapshot.errors {
        0 => " no errors ".to_owned(),
        1 => " 1 error ".to_owned(),
        count => format!(" {} errors ", wording::count(count)),
    };
    let inner = boxed(frame, area, title, theme);
    let width = usize::from(inner.width);
    let lines = snapshot.detail.iter().flat_map(|detail| &detail.errors).map(|error| {
        let text = format!("{:>6}  {}  {}", wording::compact(error.count as f64), error.code, error.example);
        Line::styled(cut(&plain(&text), width), theme.bad())
    });
    frame.render_widget(Paragraph::new(that_fit(lines.collect(), inner.height, theme)), inner);
}

/// Server, generator and database side by side, and whether the generator is to be believed.
pub(super) fn systems(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let inner = boxed(frame, area, " systems ".to_owned(), theme);
    let Some(detail) = snapshot.detail.as_deref() else { return };
    let row = &detail.row;
    let database = row.database.unwrap_or_default();
    let memory = |kib: Option<u64>| kib.map_or("–".to_owned(), |kib| wording::kib(kib as f64));
    let cores = |cores: Option<f64>| cores.map_or("–".to_owned(), |cores| format!("{cores:.2} cores"));
    let number = |value: Option<u64>, unit: &str| {
        value.map_or("–".to_owned(), |value| format!("{} {unit}", wording::count(value)))
    };
    let lag = match row.send_lag_p99_us {
        Some(us) => format!("send lag p99 {}", wording::micros(us)),
        None => String::new(),
    };
    let running = database.running.map_or(String::new(), |running| format!("{running} statements running"));
    let line = |name: &str, memory: String, cores: String, open: String, more: String| {
        Line::raw(format!("{name:<10}{memory:>10}{cores:>13}{open:>18}   {more}"))
    };
    let lines = vec![
        line(
            "server",
            memory(row.server_rss_kib),
            cores(row.server_cpu),
            number(row.server_sockets, "open files"),
            String::new(),
        ),
        line(
            "generator",
            memory(row.generator_rss_kib),
            cores(row.generator_cpu),
            number(row.generator_sockets, "open files"),
            lag,
        ),
        line(
            "database",
            memory(database.rss_kib),
            cores(database.cpu),
            number(database.connections, "connections"),
            running,
        ),
        Line::raw(""),
        believed(detail, usize::from(inner.width), theme),
    ];
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The verdict on the generator so far.
fn believed(detail: &Detail, width: usize, theme: Theme) -> Line<'static> {
    match detail.generator.verdict {
        GeneratorVerdict::Ok => Line::styled("the generator is not the limit so far", theme.good()),
        GeneratorVerdict::Limit => {
            let why = detail.generator.reasons.first().map_or("", String::as_str);
            Line::styled(cut(&format!("THE GENERATOR IS THE LIMIT: {}", plain(why)), width), theme.bad())
        }
    }
}

/// As many lines as there is room for; the last one says how many are missing.
fn that_fit(mut lines: Vec<Line<'static>>, height: u16, theme: Theme) -> Vec<Line<'static>> {
    let room = usize::from(height);
    if lines.len() > room && room > 0 {
        let missing = lines.len() - (room - 1);
        lines.truncate(room - 1);
        lines.push(Line::styled(format!("  and {missing} more"), theme.dim()));
    }
    lines
}

/// `text` in at most `width` characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        short.push('…');
    }
    short
}

/// What a target sent must not steer the terminal.
pub(super) fn plain(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}
