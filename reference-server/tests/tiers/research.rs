//! The agents of research on the real databases.

use reference_server::agents::analysis::cagr;
use serde_json::{Value, json};

use crate::deployment::{Agents, Mcp, config, job};

/// All three stages of a question.
async fn studied(agents: &Agents, question: &str, database: &str) -> [Value; 3] {
    let mut job = job(question, Value::Null, false);
    job["database_context"]["database"] = json!(database);
    let mut outputs = Vec::new();
    for agent in ["research", "analyst", "reporting"] {
        let answer = agents.run(agent, &job).await;
        assert_eq!(answer["status"], "completed", "{agent} {question}: {answer}");
        job["input"] = answer["output"].clone();
        outputs.push(answer["output"].clone());
    }
    outputs.try_into().unwrap()
}

fn values(research: &Value) -> Vec<(String, f64)> {
    let points = research["series"]["points"].as_array().unwrap().iter();
    points
        .map(|point| (point["period"].as_str().unwrap().to_owned(), point["value"].as_f64().unwrap()))
        .collect()
}

#[tokio::test]
async fn the_figures_of_a_report_are_those_of_the_database() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let [research, analyst, reporting] =
        studied(&agents, "How did revenue develop, by region? Any seasonality or outliers?", "financial_db")
            .await;
    // The series is the answer's table, by month, four years of it.
    let series = values(&research);
    assert_eq!((series.len(), series[0].0.as_str(), series[47].0.as_str()), (48, "2022-01", "2025-12"));
    assert_eq!(research["columns"][0], json!({ "name": "month", "type": "date" }));
    assert_eq!(research["row_count"], 48);
    assert_eq!(research["rows"][5], json!(["2022-06", series[5].1 as i64]));
    let statements = research["statements"].as_array().unwrap();
    assert_eq!(statements.len(), 4, "{statements:?}");
    // The same totals come from a statement of our own.
    let year = |name: &str| -> f64 {
        series.iter().filter(|(month, _)| month.starts_with(name)).map(|(_, value)| value).sum()
    };
    let sql = "SELECT substr(order_date, 1, 4) AS y, SUM(total_cents) AS total_cents FROM orders GROUP BY 1 ORDER BY 1";
    let totals = agents.run("data", &crate::deployment::sql(sql, false)).await;
    for row in totals["output"]["rows"].as_array().unwrap() {
        assert!((year(row[0].as_str().unwrap()) - row[1].as_f64().unwrap()).abs() < 0.5, "{row}");
    }
    let growth = &analyst["analysis"]["growth"];
    let expected = cagr(year("2022"), year("2025"), 3.0).unwrap();
    assert!((growth["cagr"]["rate"].as_f64().unwrap() - expected).abs() < 1e-12);
    let last = series[47].1 / series[46].1 - 1.0;
    assert!((growth["latest"]["rate"].as_f64().unwrap() - last).abs() < 1e-12);
    assert_eq!(analyst["analysis"]["seasonality"]["cycle"], 12);
    // Groups add up to the whole change.
    let shares = analyst["analysis"]["movers"].as_array().unwrap().iter();
    let shares: f64 = shares.map(|mover| mover["share_of_change"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    let report = &reporting["report"];
    assert_eq!(report["title"], "Research: Revenue");
    let text = report["text"].as_str().unwrap();
    for part in
        ["# Research: Revenue", "## Growth", "## Seasonality", "## What moved it", "By region", "CAGR"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains(&format!("{:.1} %", expected.abs() * 100.0)), "{text}");
    assert!(report["findings"].as_array().unwrap().len() >= 5);
    let chart = &reporting["visualization"];
    assert_eq!((&chart["chart_type"], &chart["x"]), (&json!("line"), &json!("month")));
    assert!(chart["spec"]["$schema"].as_str().unwrap().contains("vega-lite/v5"));
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn a_period_that_the_data_cut_is_left_out() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    // The orders of tpch end on 2 August 1998.
    let [research, analyst, _] = studied(&agents, "growth of order value", "tpch").await;
    assert_eq!(values(&research).last().unwrap().0, "1998-08");
    assert_eq!(analyst["analysis"]["growth"]["latest"]["to"], "1998-07");
    assert_eq!(analyst["analysis"]["growth"]["cagr"]["to"], "1997");
    let caveat = analyst["analysis"]["findings"].as_array().unwrap().iter();
    assert!(caveat.into_iter().any(|finding| finding["statement"].as_str().unwrap().contains("1998-08")));
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn what_a_question_names_is_what_is_studied() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    for (question, database, grain, additive) in [
        ("seasonality of units sold per quarter", "financial_db", "quarter", true),
        ("analyse the average order value in Germany", "financial_db", "month", false),
        ("research payments by week in 2024", "financial_db", "week", true),
        ("outliers in refunds per day in 2025", "financial_db", "day", true),
        ("why did the cancellation rate change", "financial_db", "month", false),
        ("revenue by year", "tpch", "year", true),
    ] {
        let [research, analyst, reporting] = studied(&agents, question, database).await;
        let series = &research["series"];
        assert_eq!((&series["grain"], &series["additive"]), (&json!(grain), &json!(additive)), "{question}");
        assert!(analyst["analysis"]["findings"].as_array().unwrap().len() > 2, "{question}");
        assert!(reporting["report"]["text"].as_str().unwrap().len() > 200, "{question}");
    }
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn a_question_without_a_measure_is_rejected_and_bad_input_is_told() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let answer = agents.run("research", &job("why is the sky blue", Value::Null, false)).await;
    assert_eq!(answer["error"]["code"], "QUERY_REJECTED", "{answer}");
    assert!(!answer["error"]["details"]["suggestions"].as_array().unwrap().is_empty());
    let answer = agents.run("research", &job("revenue in 2031", Value::Null, false)).await;
    assert_eq!(answer["error"]["details"]["reason"], "no_data", "{answer}");
    for agent in ["analyst", "reporting"] {
        let answer = agents.run(agent, &job("revenue", json!({ "series": 1 }), false)).await;
        assert_eq!(answer["error"]["code"], "INVALID_MESSAGE", "{agent}");
    }
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn rows_can_be_streamed_and_capped_and_plans_are_told_while_they_change() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let mut asked = job("revenue by month", Value::Null, true);
    asked["task"]["max_rows"] = json!(10);
    let lines = agents.stream("research", &asked).await.all().await;
    let partial = lines.iter().find_map(|line| line.get("partial")).unwrap();
    assert_eq!(
        (partial["rows"].as_array().unwrap().len(), partial["columns"].as_array().unwrap().len()),
        (10, 2)
    );
    let output = &lines.last().unwrap()["output"];
    assert_eq!(
        (&output["rows"], &output["row_count"], &output["truncated"]),
        (&json!([]), &json!(10), &json!(true))
    );
    assert_eq!(output["series"]["points"].as_array().unwrap().len(), 48, "the analysis sees all of it");
    for agent in ["research", "analyst", "nlp"] {
        let mut asked = job("revenue by month", output.clone(), true);
        asked["task"]["stream"] = json!(true);
        let lines = agents.stream(agent, &asked).await.all().await;
        let beliefs: Vec<&Value> = lines.iter().filter_map(|line| line.get("belief")).collect();
        assert!(!beliefs.is_empty(), "{agent}: {lines:?}");
        for belief in beliefs {
            assert_eq!(belief["agent"], agent);
            assert!(belief["goals"].is_array());
            for one in belief["beliefs"].as_array().unwrap() {
                assert!(
                    one["statement"].is_string()
                        && (0.0..=1.0).contains(&one["confidence"].as_f64().unwrap())
                );
            }
        }
    }
    agents.stop().await;
    mcp.stop().await;
}
