//! What a client does not know, in the places where it is easily stumbled over: the greeting, batches, events of
//! the typed dialect, error codes, errors about something else.

use serde_json::{Value, json};

use super::server::{self, Greeting, told};
use crate::checks::{Check, Step, ensure_eq, field};
use crate::client::Stage;

pub(super) fn checks() -> Vec<Check> {
    let unknown = &["client.unknown"];
    let errors = &["client.errors"];
    vec![
        Check::client(
            "client.unknown-greeting",
            "Fields, timers and limits of the greeting that a client does not know change nothing",
            unknown,
            greeting,
        ),
        Check::client(
            "client.unknown-in-batch",
            "An unknown message in a batch takes no other along",
            unknown,
            in_batch,
        )
        .features(&["session", "batch"]),
        Check::client(
            "client.unknown-event",
            "An unknown event of the typed dialect changes nothing",
            unknown,
            event,
        )
        .features(&["session", "typed"]),
        Check::client(
            "client.unknown-error-code",
            "An error whose code a client does not know reaches the user with it",
            errors,
            error_code,
        ),
        Check::client(
            "client.error-of-another",
            "An error about another message does not end a question",
            errors,
            of_another,
        ),
    ]
}

async fn greeting(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    let mut link = stage.upgrade().await?.accept().await;
    let mut announced = server::announced(Greeting::default());
    announced["not_yet_invented"] = json!({"deep": [null, {"er": 1}]});
    announced["timers"]["tea_break_ms"] = json!(1);
    announced["limits"]["max_thoughts"] = json!(0);
    announced["capabilities"] = json!(["time_travel", "query_processing"]);
    link.say("connection_established", announced).await;
    let soon = stage.soon();
    let handshake = stage.while_alive(link.expect_type("connection_handshake", soon)).await?;
    server::acknowledge(&mut link, &handshake, Greeting::default()).await;
    server::ask(&mut stage, &mut link, "all the same").await.map(|_| ())
}

async fn in_batch(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "together").await?;
    server::accept(&mut link, &query, 1).await;
    let mut update = server::event(&query, 2, json!({"percent": 60}));
    update["type"] = json!("progress_update");
    let messages = json!([{"type": "not_yet_invented", "payload": [1]}, update]);
    link.say("batch", json!({"messages": messages})).await;
    let update = told(&mut stage, "progress_update").await?;
    field::equals(&update, "percent", 60)
}

async fn event(mut stage: Stage) -> Step {
    let greeting = Greeting { dialect: "typed", ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    let query = server::ask(&mut stage, &mut link, "typed").await?;
    let wrapped = |name: &str, payload: Value| json!({"event_name": name, "payload": payload});
    link.say("event", wrapped("query_accepted", server::event(&query, 1, json!({})))).await;
    link.say("event", wrapped("not_yet_invented", json!({"deep": [1, {"er": null}]}))).await;
    let update = server::event(&query, 2, json!({"percent": 35}));
    link.say("event", wrapped("progress_update", update)).await;
    let update = told(&mut stage, "progress_update").await?;
    field::equals(&update, "percent", 35)
}

async fn error_code(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "in vain").await?;
    server::accept(&mut link, &query, 1).await;
    let fields = json!({"code": "NOT_YET_INVENTED", "message": "it broke in a new way"});
    link.say("error", server::event(&query, 2, fields)).await;
    let told = stage.event("error", stage.soon()).await?;
    field::equals(&told.value, "code", "NOT_YET_INVENTED")
}

/// The error has the ids of a question of somebody else, and no place in the history.
async fn of_another(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "going on").await?;
    server::accept(&mut link, &query, 1).await;
    let fields = json!({"code": "INVALID_MESSAGE", "message": "another one", "query_id": "of-another"});
    link.say("error", fields).await;
    server::result(&mut link, &query, 2).await;
    let told = stage.event("result", stage.soon()).await?;
    ensure_eq("rows", field::any(&told.value, "/result/rows")?, &json!([[1]]))
}
