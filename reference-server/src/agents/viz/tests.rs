//! One case per rule, and what every specification must have.

use serde_json::{Value, json};

use super::*;
use crate::database::{ColumnKind, ResultColumn, Row};

const MONEY: ColumnKind = ColumnKind::MoneyCents;
const TEXT: ColumnKind = ColumnKind::Text;
const DATE: ColumnKind = ColumnKind::Date;
const INTEGER: ColumnKind = ColumnKind::Integer;
const REAL: ColumnKind = ColumnKind::Real;

fn columns(columns: &[(&str, ColumnKind)]) -> Vec<ResultColumn> {
    columns.iter().map(|(name, kind)| ResultColumn { name: (*name).to_owned(), kind: *kind }).collect()
}

fn rows(count: usize, row: impl Fn(usize) -> Value) -> Vec<Row> {
    (0..count).map(|at| row(at).as_array().unwrap().clone()).collect()
}

fn draw(names: &[(&str, ColumnKind)], count: usize, row: impl Fn(usize) -> Value) -> Visualization {
    let drawn = visualize(&columns(names), &rows(count, row), "A title");
    check(&drawn);
    drawn
}

/// What holds for every specification.
fn check(drawn: &Visualization) {
    let spec = &drawn.spec;
    assert_eq!(spec["$schema"], "https://vega.github.io/schema/vega-lite/v5.json");
    assert_eq!(spec["title"], drawn.title);
    let values = spec["data"]["values"].as_array().unwrap();
    assert!(values.len() <= 200);
    let mark = spec["mark"]["type"].as_str().unwrap();
    assert!(["text", "bar", "line", "arc", "point"].contains(&mark), "{mark}");
    let mut fields: Vec<String> =
        values.first().map_or_else(Vec::new, |first| first.as_object().unwrap().keys().cloned().collect());
    for transform in spec["transform"].as_array().into_iter().flatten() {
        match &transform["as"] {
            Value::String(field) => fields.push(field.clone()),
            Value::Array(list) => fields.extend(list.iter().map(|field| field.as_str().unwrap().to_owned())),
            _ => fields.push(transform["window"][0]["as"].as_str().unwrap().to_owned()),
        }
    }
    for (channel, encoding) in spec["encoding"].as_object().unwrap() {
        let field = encoding["field"].as_str().unwrap();
        assert!(
            values.is_empty() || fields.iter().any(|known| known == field),
            "{channel}: {field} not in {fields:?}"
        );
        let kind = encoding["type"].as_str().unwrap();
        assert!(["quantitative", "ordinal", "nominal"].contains(&kind), "{channel}: {kind}");
    }
}

#[test]
fn one_number_is_a_single_value_in_currency() {
    let drawn = draw(&[("revenue_cents", MONEY)], 1, |_| json!([123_456]));
    assert_eq!(
        (drawn.chart_type, drawn.x.as_deref(), drawn.y.as_deref()),
        (ChartType::Kpi, None, Some("revenue_cents"))
    );
    assert_eq!(drawn.spec["transform"][0]["calculate"], "datum['revenue_cents'] / 100");
    assert_eq!(drawn.spec["encoding"]["text"]["format"], "$,.2f");
    let labelled = draw(&[("region", TEXT), ("revenue_cents", MONEY)], 1, |_| json!(["Europe", 1]));
    assert_eq!((labelled.chart_type, labelled.x.as_deref()), (ChartType::Kpi, Some("region")));
}

#[test]
fn a_series_over_time_is_a_line_and_two_points_are_bars() {
    let names = [("month", DATE), ("average_order_value_cents", MONEY)];
    let line = draw(&names, 12, |at| json!([format!("2024-{:02}", at + 1), 5_000 + at]));
    assert_eq!((line.chart_type, line.x.as_deref()), (ChartType::Line, Some("month")));
    assert_eq!(line.spec["encoding"]["y"]["title"], "Average order value (USD)");
    assert_eq!(line.spec["encoding"]["y"]["axis"]["format"], "$,.0f");
    assert_eq!(draw(&names, 2, |at| json!([format!("2024-0{}", at + 1), at])).chart_type, ChartType::Bar);
    let years =
        draw(&[("year", TEXT), ("order_count", INTEGER)], 4, |at| json!([format!("{}", 2022 + at), at]));
    assert_eq!(years.chart_type, ChartType::Line);
}

#[test]
fn several_series_over_time_are_several_lines() {
    let names = [("month", DATE), ("channel", TEXT), ("revenue_cents", MONEY)];
    let row = |at: usize| json!([format!("2024-{:02}", at / 3 + 1), format!("channel {}", at % 3), at]);
    let lines = draw(&names, 36, row);
    assert_eq!((lines.chart_type, lines.series.as_deref()), (ChartType::MultiLine, Some("channel")));
    assert_eq!(lines.spec["encoding"]["color"]["field"], "channel");
    let many =
        draw(&names, 40, |at| json!([format!("2024-{:02}", at / 20 + 1), format!("c{}", at % 20), at]));
    assert_eq!(many.chart_type, ChartType::Table, "20 lines can't be told apart");
    let folded = draw(&[("year", TEXT), ("revenue_cents", MONEY), ("profit_cents", MONEY)], 4, |at| {
        json!([format!("{}", 2022 + at), at, at])
    });
    assert_eq!(folded.chart_type, ChartType::MultiLine);
    assert_eq!(folded.spec["transform"][2]["fold"], json!(["revenue_cents in USD", "profit_cents in USD"]));
    let mixed = draw(&[("year", TEXT), ("revenue_cents", MONEY), ("units_sold", INTEGER)], 4, |at| {
        json!([format!("{}", 2022 + at), at, at])
    });
    assert_eq!((mixed.chart_type, mixed.y.as_deref()), (ChartType::Line, Some("revenue_cents")));
}

#[test]
fn few_short_labels_are_bars_and_long_or_many_are_horizontal() {
    let names = [("region", TEXT), ("revenue_cents", MONEY)];
    let bars = draw(&names, 5, |at| json!([format!("R{at}"), at]));
    assert_eq!(
        (bars.chart_type, bars.x.as_deref(), bars.y.as_deref()),
        (ChartType::Bar, Some("region"), Some("revenue_cents"))
    );
    let long = draw(&names, 5, |at| json!([format!("Middle East and Africa {at}"), at]));
    assert_eq!((long.chart_type, long.x.as_deref()), (ChartType::HorizontalBar, Some("revenue_cents")));
    assert_eq!(long.spec["encoding"]["y"]["field"], "region");
    assert_eq!(draw(&names, 20, |at| json!([format!("R{at}"), at])).chart_type, ChartType::HorizontalBar);
    assert_eq!(draw(&names, 51, |at| json!([format!("R{at}"), at])).chart_type, ChartType::Table);
    let keys = draw(&[("order_id", INTEGER), ("order_value_cents", MONEY)], 10, |at| json!([1_000 + at, at]));
    assert_eq!((keys.chart_type, keys.x.as_deref()), (ChartType::Bar, Some("order_id")));
}

#[test]
fn only_few_shares_of_a_whole_are_a_pie() {
    let names = [("region", TEXT), ("revenue_cents", MONEY), ("share_percent", REAL)];
    let pie = draw(&names, 4, |at| json!([format!("R{at}"), at, 25.0]));
    assert_eq!((pie.chart_type, pie.y.as_deref()), (ChartType::Pie, Some("share_percent")));
    assert_eq!(draw(&names, 10, |at| json!([format!("R{at}"), at, 10.0])).chart_type, ChartType::Bar);
    assert_eq!(
        draw(&names, 4, |at| json!([format!("R{at}"), at, 10.0])).chart_type,
        ChartType::Bar,
        "no whole"
    );
    assert_eq!(
        draw(&names, 2, |at| json!([format!("R{at}"), at, 150.0 - 200.0 * at as f64])).chart_type,
        ChartType::Bar
    );
}

#[test]
fn two_labels_or_measures_of_one_kind_are_grouped_bars() {
    let names = [("region", TEXT), ("channel", TEXT), ("order_count", INTEGER)];
    let grouped = draw(&names, 12, |at| json!([format!("R{}", at / 3), format!("C{}", at % 3), at]));
    assert_eq!((grouped.chart_type, grouped.series.as_deref()), (ChartType::GroupedBar, Some("channel")));
    assert_eq!(grouped.spec["encoding"]["xOffset"]["field"], "channel");
    let folded = draw(&[("category", TEXT), ("revenue_cents", MONEY), ("profit_cents", MONEY)], 8, |at| {
        json!([format!("K{at}"), at, at])
    });
    assert_eq!(folded.chart_type, ChartType::GroupedBar);
    let mixed = draw(&[("category", TEXT), ("revenue_cents", MONEY), ("units_sold", INTEGER)], 8, |at| {
        json!([format!("K{at}"), at, at])
    });
    assert_eq!(mixed.chart_type, ChartType::Bar);
}

#[test]
fn two_numbers_are_a_scatter() {
    let drawn = draw(&[("quantity", INTEGER), ("price_cents", MONEY)], 30, |at| json!([at, at * 100]));
    assert_eq!(
        (drawn.chart_type, drawn.x.as_deref(), drawn.y.as_deref()),
        (ChartType::Scatter, Some("quantity"), Some("price_cents"))
    );
}

#[test]
fn anything_else_is_a_table_of_at_most_fifty_rows() {
    let list = draw(&[("name", TEXT), ("country", TEXT), ("status", TEXT)], 90, |at| {
        json!([format!("N{at}"), "Japan", "active"])
    });
    assert_eq!((list.chart_type, list.x, list.y), (ChartType::Table, None, None));
    assert_eq!(list.spec["data"]["values"].as_array().unwrap().len(), 50);
    assert_eq!(draw(&[("revenue_cents", MONEY)], 0, |_| json!([])).chart_type, ChartType::Table);
    assert_eq!(visualize(&[], &[], "").chart_type, ChartType::Table);
}

#[test]
fn data_are_bounded_and_odd_names_cant_break_out() {
    let names = [("day", DATE), ("a'] + alert('x') + datum['", MONEY)];
    let drawn = draw(&names, 1_461, |at| json!([format!("2024-01-{:02}", at % 28 + 1), at]));
    assert_eq!(drawn.spec["data"]["values"].as_array().unwrap().len(), 200);
    assert_eq!(drawn.spec["transform"][0]["calculate"], "datum['column 2'] / 100");
    let twice =
        draw(&[("a.b", TEXT), ("n", INTEGER), ("n", INTEGER)], 3, |at| json!([at.to_string(), at, at]));
    assert!(twice.spec["data"]["values"][0].get("column 3").is_some());
}

proptest::proptest! {
    #[test]
    fn any_result_can_be_drawn(
        kinds in proptest::collection::vec((0..5_usize, "\\PC{0,12}"), 0..6),
        count in 0..30_usize,
        seed in 0..1_000_usize,
    ) {
        let all = [INTEGER, MONEY, REAL, TEXT, DATE];
        let columns: Vec<ResultColumn> =
            kinds.iter().map(|(kind, name)| ResultColumn { name: name.clone(), kind: all[*kind] }).collect();
        let value = |row: usize, column: usize| match (row * 7 + column * 3 + seed) % 5 {
            0 => Value::Null,
            1 => json!(row),
            2 => json!(row as f64 / 3.0),
            _ => json!(format!("v{row}")),
        };
        let rows: Vec<Row> = (0..count).map(|row| (0..columns.len()).map(|column| value(row, column)).collect()).collect();
        check(&visualize(&columns, &rows, "t"));
    }
}
