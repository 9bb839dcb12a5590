//! The figures of a comparison of load runs, one line each.

use super::paint::{Paint, fit};
use crate::model::{LoadComparison, MetricVerdict};
use crate::wording::change_sentence;

/// One line for each figure and each remark.
pub fn comparison_lines(load: &LoadComparison, color: bool) -> Vec<String> {
    let paint = Paint::new(color);
    let mut lines: Vec<String> = load
        .metrics
        .iter()
        .map(|metric| {
            let verb = match metric.verdict {
                MetricVerdict::Worse => paint.bad(&format!("{:<9}", "WORSE")),
                MetricVerdict::Better => paint.bold(&format!("{:<9}", "BETTER")),
                MetricVerdict::Same => paint.dim(&format!("{:<9}", "SAME")),
                MetricVerdict::Unknown => paint.dim(&format!("{:<9}", "UNKNOWN")),
            };
            let p = metric.p_adjusted.map_or_else(String::new, |p| format!(", p {p:.4}"));
            format!(" {verb} {:<30} {}{p}", fit(&metric.name, 30), change_sentence(metric))
        })
        .collect();
    lines.push(paint.dim(&format!(" {}", load.power)));
    lines.extend(load.remarks.iter().map(|remark| paint.dim(&format!(" {remark}"))));
    lines
}
