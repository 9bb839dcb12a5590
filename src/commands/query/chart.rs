//! The chart of a result, as bars of text.

use serde_json::Value;

use super::rows::{columns, rows};

/// Longest bar, in characters.
const WIDTH: f64 = 40.0;
/// Most bars.
const BARS: usize = 24;
/// Longest label.
const LABEL: usize = 24;

/// Horizontal bars of the chart's `y` over its `x`; `None` when the result is one figure or no chart.
pub(super) fn bars(result: &Value) -> Option<String> {
    let axis = |name: &str| result.pointer(&format!("/visualization/{name}")).and_then(Value::as_str);
    let columns = columns(result);
    let place = |name: &str| columns.iter().position(|column| column.name == name);
    let (x, y) = (place(axis("x")?)?, place(axis("y")?)?);
    let points: Vec<(String, f64, String)> = rows(result)
        .filter_map(|row| {
            let value = row.get(y)?.as_f64()?;
            let label: String = columns[x].shown(row.get(x)?).chars().take(LABEL).collect();
            Some((label, value, columns[y].shown(row.get(y)?)))
        })
        .take(BARS)
        .collect();
    let most = points.iter().map(|(_, value, _)| value.abs()).fold(0.0, f64::max);
    if points.len() < 2 || most <= 0.0 || x == y {
        return None;
    }
    let width = points.iter().map(|(label, ..)| label.chars().count()).max()?;
    Some(
        points
            .iter()
            .map(|(label, value, shown)| format!("{label:>width$} {} {shown}\n", bar(value.abs() / most)))
            .collect(),
    )
}

/// A bar of `share` of the full width, to an eighth of a character.
fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * WIDTH * 8.0).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share() {
        let result = json!({
            "columns": [{"name": "year", "type": "text"}, {"name": "orders", "type": "integer"}],
            "rows": [["2023", 50], ["2024", 100]],
            "visualization": {"x": "year", "y": "orders"},
        });
        let text = bars(&result).unwrap();
        let lengths: Vec<usize> = text.lines().map(|line| line.matches('█').count()).collect();
        assert_eq!(lengths, [20, 40]);
    }

    #[test]
    fn one_figure_is_no_chart() {
        let result = json!({"columns": [{"name": "n", "type": "integer"}], "rows": [[1]], "visualization": {"x": null, "y": "n"}});
        assert_eq!(bars(&result), None);
    }
}
