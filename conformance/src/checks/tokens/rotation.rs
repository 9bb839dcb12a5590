//! Keys change while a server runs: several are good at one time, new ones come, old ones go.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::sleep;

use crate::checks::{ANYBODY, Check, Context, ReasonCode, Step, Stop, fail, field};
use crate::target::material::edited_set;
use crate::target::{Door, SigningKey, Token};

use super::refusal::{bearing, key, refused_at_door};

/// Time a target may take to notice that its keys changed.
const NOTICE: Duration = Duration::from_secs(5);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// Checks of this process change the one file of the target one after the other.
static EDITING: Mutex<()> = Mutex::const_new(());
/// Keys that are slow to make are made once and published under many names.
static SPARE_RSA: OnceCell<SigningKey> = OnceCell::const_new();
static SPARE_P256: OnceCell<SigningKey> = OnceCell::const_new();
static SPARE_ED25519: OnceCell<SigningKey> = OnceCell::const_new();

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "tokens.key-private",
            "a token signed with the private key opens a door",
            &["tokens.keys"],
            private_key,
        )
        .variant("keys"),
        Check::new(
            "tokens.key-es256",
            "a token signed with ES256 opens a door",
            &["tokens.keys"],
            private_key,
        )
        .variant("keys-es256"),
        Check::new(
            "tokens.key-eddsa",
            "a token signed with EdDSA opens a door",
            &["tokens.keys"],
            private_key,
        )
        .variant("keys-eddsa"),
        Check::new(
            "tokens.key-second",
            "every published key is good, not the first alone",
            &["tokens.keys"],
            second_key,
        )
        .variant("keys"),
        Check::new(
            "tokens.key-added",
            "a key that is published later becomes good without a restart",
            &["tokens.rotation"],
            added,
        )
        .variant("keys")
        .features(&["key_rotation"]),
        Check::new(
            "tokens.key-removed",
            "a key that is taken out is no longer good",
            &["tokens.rotation"],
            removed,
        )
        .variant("keys")
        .features(&["key_rotation"]),
    ]
}

/// What a door says first to this token.
async fn first_word(cx: &Context, token: &str) -> Step<Value> {
    let mut peer = cx.upgrade(&bearing(cx, &Door::Query, token)).await?;
    Ok(peer.next_json("connection_established or an error", cx.soon()).await?.value)
}

async fn opens(cx: &Context, token: &str) -> Step {
    let first = first_word(cx, token).await?;
    match field::name(&first) {
        "connection_established" => Ok(()),
        _ => fail(ReasonCode::Refused, "connection_established", first.to_string()),
    }
}

/// The first key of the suite.
async fn private_key(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).signed(key(&cx)?);
    opens(&cx, &token).await
}

/// Another key of the set, named by its kid.
async fn second_key(cx: Context) -> Step {
    let auth = &cx.target().auth;
    let Some(second) = auth.keys.get(1) else {
        return Err(Stop::NotApplicable("the suite has one key of the target only".to_owned()));
    };
    let mut token = Token::of(auth, ANYBODY).header("alg", second.key.algorithm());
    if let Some(id) = &second.id {
        token = token.header("kid", id.as_str());
    }
    opens(&cx, &token.signed(&second.key)).await
}

/// The file of public keys that the target reads.
fn published(cx: &Context) -> Step<PathBuf> {
    cx.target().auth.published.clone().ok_or_else(|| {
        Stop::Harness(
            "the suite may change no keys of this target: name their file in auth.published, or say \
             features.key_rotation = false"
                .to_owned(),
        )
    })
}

/// Adds a key to the file, or takes those of a name out of it; readers see the old file or the new one.
async fn edit(path: &PathBuf, add: Option<Value>, remove: Option<&str>) -> Step {
    let _one_at_a_time = EDITING.lock().await;
    let failed = |error: std::io::Error| Stop::Harness(format!("{}: {error}", path.display()));
    let text = tokio::fs::read_to_string(path).await.map_err(failed)?;
    let Some(changed) = edited_set(&text, add, remove) else {
        return Err(Stop::Harness(format!("{} is no JSON Web Key Set", path.display())));
    };
    let beside = path.with_extension("new");
    tokio::fs::write(&beside, changed).await.map_err(failed)?;
    tokio::fs::rename(&beside, path).await.map_err(failed)
}

/// A key the target has not seen, of its algorithm, with a name nobody has used.
async fn new_key(cx: &Context) -> Step<(&'static SigningKey, String)> {
    let made = match cx.target().auth.algorithm() {
        "RS256" => SPARE_RSA.get_or_try_init(|| async { SigningKey::rsa() }).await,
        "ES256" => SPARE_P256.get_or_try_init(|| async { SigningKey::p256() }).await,
        _ => SPARE_ED25519.get_or_try_init(|| async { SigningKey::ed25519() }).await,
    };
    let key = made.map_err(|error| Stop::Harness(error.to_string()))?;
    Ok((key, format!("rotated-{}", cx.fresh_session())))
}

/// Publishes a key and waits until a token of it opens a door.
async fn publish(cx: &Context, path: &PathBuf) -> Step<(&'static SigningKey, String)> {
    let (key, id) = new_key(cx).await?;
    edit(path, Some(key.public(&id)), None).await?;
    let token = Token::of(&cx.target().auth, ANYBODY).header("kid", id.as_str()).signed(key);
    let deadline = cx.within(NOTICE);
    loop {
        let first = first_word(cx, &token).await?;
        if field::name(&first) == "connection_established" {
            return Ok((key, id));
        }
        if deadline.is_late(tokio::time::Instant::now()) {
            edit(path, None, Some(&id)).await?;
            return fail(ReasonCode::Refused, "connection_established with the new key", first.to_string());
        }
        sleep(LOOK).await;
    }
}

/// A token of a key that was published a moment ago opens a door.
async fn added(cx: Context) -> Step {
    let path = published(&cx)?;
    let (_, id) = publish(&cx, &path).await?;
    edit(&path, None, Some(&id)).await
}

/// After a key is taken out its tokens are `AUTH_FAILED`.
async fn removed(cx: Context) -> Step {
    let path = published(&cx)?;
    let (key, id) = publish(&cx, &path).await?;
    edit(&path, None, Some(&id)).await?;
    let token = Token::of(&cx.target().auth, ANYBODY).header("kid", id.as_str()).signed(key);
    let deadline = cx.within(NOTICE);
    loop {
        let refused = refused_at_door(&cx, &bearing(&cx, &Door::Query, &token), "AUTH_FAILED").await;
        let taken = matches!(&refused, Err(Stop::Violation(why)) if why.code == ReasonCode::Accepted);
        if !taken || deadline.is_late(tokio::time::Instant::now()) {
            return refused.map(|_| ());
        }
        sleep(LOOK).await;
    }
}
