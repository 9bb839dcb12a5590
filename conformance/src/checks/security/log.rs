//! What a server writes into its log. That is read when its process has ended: then all of it is there.

use std::time::Duration;

use serde_json::json;

use crate::checks::query::run::ask;
use crate::checks::tokens::refusal::{bearing, key, refused_at_door};
use crate::checks::{ANYBODY, Check, Context, Peer, ReasonCode, Step, Stop, ensure, fail, field};
use crate::target::{Door, SigningKey, Token};

/// Behind this one stands the name of the database that is asked.
const SENTENCE: &str = "Using database context: ";

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!(
            "security",
            "log-token-in-url",
            "the token of an address is not logged",
            "log-secrets",
            in_url
        ),
        check!(
            "security",
            "log-token-refused",
            "a token that is refused is not logged",
            "log-secrets",
            refused
        ),
        check!("security", "log-session", "the session id of a path is not logged", session),
        check!("security", "log-database", "the log names the database that is asked", database),
    ];
    let alone = |check: Check| check.tags(&["slow"]).features(&["log"]).variant("log").own_process();
    all.into_iter().map(alone).collect()
}

/// Ends the process; gives all that it has written.
async fn written(cx: &Context, mut peer: Peer) -> Step<String> {
    let drain = peer.timers()?.drain_timeout;
    cx.affordable(drain + Duration::from_secs(2))?;
    peer.close(1000, "", cx.soon()).await?;
    let limit = cx.within(drain + Duration::from_secs(3)).limit();
    let mut process = cx.process().await?;
    process.signal();
    if process.exit(limit).await.is_err() {
        // How a process ends is for the area shutdown to judge.
        return Err(Stop::Harness(format!(
            "the process did not end within {limit:?}: its log is not complete"
        )));
    }
    process.log().await
}

/// No line may hold `secret`.
fn holds_none(log: &str, secret: &str) -> Step {
    match log.lines().find(|line| line.contains(secret)) {
        None => Ok(()),
        Some(line) => {
            let shown: String = line.chars().take(300).collect();
            fail(ReasonCode::Leak, format!("a log without {secret}"), shown)
        }
    }
}

/// Neither claims nor signature of `token` may be in `log`.
fn holds_none_of(log: &str, token: &str) -> Step {
    token.split('.').skip(1).filter(|part| part.len() > 8).try_for_each(|part| holds_none(log, part))
}

/// `?token=`, which servers and what stands before them like to log.
async fn in_url(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).signed(key(&cx)?);
    let mut request = cx.bare_upgrade_request(&Door::Query);
    request.target = format!("{}?token={token}", request.target);
    let peer = cx.open_by(&request).await?;
    holds_none_of(&written(&cx, peer).await?, &token)
}

/// A refusal is worth a line, which token it was is not.
async fn refused(cx: Context) -> Step {
    let key = SigningKey::secret(b"a secret of nobody, thirty-two bytes");
    let token = Token::of(&cx.target().auth, ANYBODY).signed(&key);
    refused_at_door(&cx, &bearing(&cx, &Door::Query, &token), "AUTH_FAILED").await?;
    let peer = cx.open(Door::Query).await?;
    holds_none_of(&written(&cx, peer).await?, &token)
}

/// Half a right is in the path of this door.
async fn session(cx: Context) -> Step {
    let id = cx.fresh_session();
    let (peer, _) = cx.join(Door::Query, &id).await?;
    drop(cx.open(Door::Progress(id.clone())).await?);
    holds_none(&written(&cx, peer).await?, &id)
}

/// Which database a query asked can be told afterwards.
async fn database(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(&cx, &mut peer, &json!({})).await?;
    let name = field::text(run.result()?, "/database_context/database")?.to_owned();
    let sentence = format!("{SENTENCE}{name}");
    let log = written(&cx, peer).await?;
    let actual = format!("{} lines without it", log.lines().count());
    ensure(log.contains(&sentence), ReasonCode::Missing, &format!("a line with {sentence:?}"), actual)
}
