//! `tidegate serve` and `tidegate query`.

use super::process::{Server, out, run};

#[test]
fn one_line_says_where_it_listens_and_a_signal_ends_it() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    assert_eq!(server.line["event"], "listening");
    assert!(server.line["pid"].is_u64());
    for tier in ["backend", "agents", "mcp"] {
        let address: std::net::SocketAddr = server.line[tier].as_str().unwrap().parse().unwrap();
        assert_ne!(address.port(), 0, "{tier}");
    }
    server.signal("TERM");
    let ended = server.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_question_gets_progress_table_and_chart() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let question = "Show me the top 5 customers by total purchase amount";
    let asked = run(out.path(), &["query", "--url", &server.url(), question]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    for text in ["Processing NLP...", "Executing SQL...", "Generating Viz..."] {
        assert!(asked.stderr.contains(text), "{text} is missing in {}", asked.stderr);
    }
    assert!(
        asked.stdout.contains('█') && asked.stdout.contains("5 rows from financial_db"),
        "{}",
        asked.stdout
    );
    let csv = run(out.path(), &["query", "--url", &server.url(), "--format", "csv", question]);
    assert_eq!(csv.stdout.lines().count(), 6, "{}", csv.stdout);
    let json = run(out.path(), &["query", "--url", &server.url(), "--format", "json", question]);
    let result: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(result["row_count"], 5);
}

#[test]
fn a_question_that_can_not_be_read_is_refused_with_suggestions() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let asked = run(out.path(), &["query", "--url", &server.url(), "predict the wether on mars"]);
    assert_eq!(asked.code, Some(1), "{asked:?}");
    assert!(asked.stderr.contains("QUERY_REJECTED"), "{}", asked.stderr);
    assert!(asked.stdout.is_empty());
}

#[test]
fn each_tier_runs_as_a_process_of_its_own() {
    let out = out();
    let file = |name: &str, text: String| {
        let path = out.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let mcp = Server::start(out.path(), &["--role", "mcp"]);
    let mcp_url = format!("ws://{}/ws", mcp.line["mcp"].as_str().unwrap());
    let config = file("agents.toml", format!("[upstream]\nmcp = \"{mcp_url}\"\n"));
    let agents = Server::start(out.path(), &["--role", "agents", "--config", &config]);
    let agents_url = format!("http://{}", agents.line["agents"].as_str().unwrap());
    let upstream = format!("[upstream]\nmcp = \"{mcp_url}\"\nagents = \"{agents_url}\"\n");
    let config = file("backend.toml", upstream);
    let backend = Server::start(out.path(), &["--role", "backend", "--config", &config]);
    let asked = run(out.path(), &["query", "--url", &backend.url(), "--format", "json", "show revenue"]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
}
