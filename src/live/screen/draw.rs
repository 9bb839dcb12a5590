//! Where everything stands on the screen.

use loadgen::Snapshot;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, LineGauge, Paragraph};
use reports::wording;

use super::panels;
use super::theme::Theme;
use super::view::View;

/// Lines of a screen that is high enough for larger charts.
const HIGH: u16 = 32;

/// Draws the whole screen.
pub(super) fn draw(frame: &mut Frame<'_>, view: &View, theme: Theme) {
    let charts = if frame.area().height >= HIGH { 13 } else { 7 };
    let [head, bar, top, middle, systems, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(charts),
        Constraint::Fill(1),
        Constraint::Length(7),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let halves = |area: Rect| Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    match view.newest() {
        Some(snapshot) => {
            draw_head(frame, head, snapshot, theme);
            draw_bar(frame, bar, snapshot, theme);
            let [left, right] = halves(top);
            panels::load(frame, left, view, snapshot, theme);
            panels::times(frame, right, view, snapshot, theme);
            let [left, right] = halves(middle);
            panels::thresholds(frame, left, snapshot, theme);
            panels::errors(frame, right, snapshot, theme);
            panels::systems(frame, systems, snapshot, theme);
        }
        None => frame.render_widget(Line::styled(" the run begins …", theme.bold()), head),
    }
    draw_foot(frame, foot, view, theme);
    if view.is_explained() {
        explain(frame);
    }
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let clock = format!(
        "{}  {}  {} left ",
        snapshot.phase,
        wording::clock(snapshot.elapsed.as_secs_f64()),
        wording::clock(snapshot.left.as_secs_f64())
    );
    let width = u16::try_from(clock.chars().count()).unwrap_or(area.width);
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(area);
    if let Some(detail) = snapshot.detail.as_deref() {
        let name = Span::styled(format!(" {}", panels::plain(&detail.scenario)), theme.bold());
        let target = Span::raw(format!(" on {}", panels::plain(&detail.target)));
        frame.render_widget(Line::from(vec![name, target]), left);
    }
    frame.render_widget(Paragraph::new(clock).alignment(Alignment::Right), right);
}

fn draw_bar(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let whole = (snapshot.elapsed + snapshot.left).as_secs_f64();
    let done = if whole > 0.0 { (snapshot.elapsed.as_secs_f64() / whole).clamp(0.0, 1.0) } else { 0.0 };
    let gauge = LineGauge::default()
        .ratio(done)
        .label("")
        .filled_symbol("━")
        .unfilled_symbol("─")
        .filled_style(theme.first())
        .unfilled_style(theme.dim());
    frame.render_widget(gauge, area);
}

fn draw_foot(frame: &mut Frame<'_>, area: Rect, view: &View, theme: Theme) {
    let mut spans = Vec::new();
    if view.is_ending() {
        spans.push(Span::styled(" the sessions are ending; q leaves this view ", theme.odd()));
    } else {
        spans.push(Span::raw(" q end the run   p freeze   ? help "));
    }
    if view.is_frozen() {
        spans.push(Span::styled("  FROZEN: p goes on", theme.odd()));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What the screen means, over everything else.
fn explain(frame: &mut Frame<'_>) {
    const WORDS: [&str; 15] = [
        "q, Ctrl-C   ends the run in good order, with reports;",
        "            a second time leaves this view",
        "p           freezes the view, or lets it go on",
        "?, Esc      opens and closes this",
        "",
        "service     times from the moment a request was sent",
        "intended    times from the moment it was due: where",
        "            the two part, a slow server held requests",
        "            back",
        "limits      ✓ kept so far  ✗ missed so far  · not known",
        "            yet, or only at the end",
        "generator   whether it is the limit itself, so that",
        "            the figures do not speak of the server",
        "",
        "Times are those of the last second of the measured phase.",
    ];
    let whole = frame.area();
    let width = whole.width.min(62);
    let height = whole.height.min(u16::try_from(WORDS.len()).unwrap_or(u16::MAX) + 2);
    let area = Rect {
        x: whole.x + (whole.width - width) / 2,
        y: whole.y + (whole.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, area);
    let lines: Vec<Line<'_>> = WORDS.iter().map(|words| Line::raw(format!(" {words}"))).collect();
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" help ")), area);
}

#[cfg(test)]
mod tests;
