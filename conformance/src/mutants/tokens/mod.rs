//! Faults of tokens: who comes in that must not, and who is kept out.

mod acknowledgement_shows_token;
mod admin_closed;
mod admin_scope_unread;
mod all_databases_told;
mod answer_shows_token;
mod any_name_taken;
mod any_progress_watched;
mod any_scheme;
mod any_session_joined;
mod audience_list_refused;
mod command_scope_unread;
mod database_scope_closes;
mod database_scope_unread;
mod demo_with_token;
mod eddsa_unread;
mod empty_token_good;
mod error_shows_token;
mod es256_unread;
mod first_key_alone;
mod first_token_wins;
mod foreign_session_asked;
mod foreign_session_ended;
mod foreign_session_forbidden;
mod foreign_told_apart;
mod greeted_before_close;
mod header_token_unread;
mod health_with_token;
mod heartbeat_of_nobody;
mod keys_read_once;
mod metrics_show_token;
mod missing_token_failed;
mod missing_token_other_code;
mod missing_token_other_reason;
mod nbf_refused;
mod nbf_without_leeway;
mod never_runs_out;
mod no_challenge;
mod no_leeway;
mod nobody_comes_in;
mod nobody_comes_in_to_chat;
mod old_keys_kept;
mod own_name_refused;
mod private_key_unread;
mod progress_token_unread;
mod progress_with_token;
mod query_scope_unread;
mod query_token_unread;
mod refresh_changes_nothing;
mod refresh_expiry_as_number;
mod refresh_takes_expired;
mod refresh_takes_forged;
mod refresh_takes_other_user;
mod refresh_takes_unsigned;
mod refresh_tells_old_expiry;
mod refresh_typed_flat;
mod refresh_unneeded_expires;
mod refresh_without_ids;
mod refresh_without_token_as_json;
mod request_header_token_unread;
mod request_query_token_unread;
mod request_scope_unread;
mod requests_by_nobody;
mod retry_is_command_alone;
mod runs_out_as_failed;
mod runs_out_early;
mod runs_out_late;
mod same_token_twice_refused;
mod scheme_in_one_case;
mod scope_list_unread;
mod scopes_by_prefix;
mod scopes_needed;
mod sub_unread;
mod subprotocol_token_selected;
mod subprotocol_token_unread;
mod unneeded_token_judged;
mod upgrade_shows_token;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{Action, Fault, Reply, edit};
use crate::checks::tokens::{CASE_FIELD, TABLES};
use crate::checks::{ANYBODY, ReasonCode};
use crate::peer::{Message, Request, Response};
use crate::target::{Auth, Target, Token, VARIANTS, claims_of, configured};

use super::Mutant;

/// Mutants of this area.
pub(crate) fn mutants() -> Vec<Mutant> {
    let single = vec![
        acknowledgement_shows_token::mutant(),
        admin_closed::mutant(),
        admin_scope_unread::mutant(),
        all_databases_told::mutant(),
        answer_shows_token::mutant(),
        any_name_taken::mutant(),
        any_progress_watched::mutant(),
        any_scheme::mutant(),
        audience_list_refused::mutant(),
        any_session_joined::mutant(),
        command_scope_unread::mutant(),
        database_scope_closes::mutant(),
        database_scope_unread::mutant(),
        demo_with_token::mutant(),
        eddsa_unread::mutant(),
        empty_token_good::mutant(),
        es256_unread::mutant(),
        error_shows_token::mutant(),
        first_key_alone::mutant(),
        first_token_wins::mutant(),
        foreign_session_asked::mutant(),
        foreign_session_ended::mutant(),
        foreign_session_forbidden::mutant(),
        foreign_told_apart::mutant(),
        greeted_before_close::mutant(),
        header_token_unread::mutant(),
        health_with_token::mutant(),
        heartbeat_of_nobody::mutant(),
        keys_read_once::mutant(),
        metrics_show_token::mutant(),
        missing_token_failed::mutant(),
        missing_token_other_code::mutant(),
        missing_token_other_reason::mutant(),
        never_runs_out::mutant(),
        nbf_refused::mutant(),
        nbf_without_leeway::mutant(),
        no_challenge::mutant(),
        no_leeway::mutant(),
        nobody_comes_in::mutant(),
        nobody_comes_in_to_chat::mutant(),
        old_keys_kept::mutant(),
        own_name_refused::mutant(),
        private_key_unread::mutant(),
        progress_token_unread::mutant(),
        progress_with_token::mutant(),
        query_scope_unread::mutant(),
        query_token_unread::mutant(),
        refresh_changes_nothing::mutant(),
        refresh_expiry_as_number::mutant(),
        refresh_takes_expired::mutant(),
        refresh_takes_forged::mutant(),
        refresh_takes_other_user::mutant(),
        refresh_takes_unsigned::mutant(),
        refresh_tells_old_expiry::mutant(),
        refresh_typed_flat::mutant(),
        refresh_unneeded_expires::mutant(),
        refresh_without_ids::mutant(),
        refresh_without_token_as_json::mutant(),
        request_header_token_unread::mutant(),
        request_query_token_unread::mutant(),
        request_scope_unread::mutant(),
        requests_by_nobody::mutant(),
        retry_is_command_alone::mutant(),
        runs_out_as_failed::mutant(),
        runs_out_early::mutant(),
        runs_out_late::mutant(),
        same_token_twice_refused::mutant(),
        scheme_in_one_case::mutant(),
        scope_list_unread::mutant(),
        scopes_by_prefix::mutant(),
        scopes_needed::mutant(),
        sub_unread::mutant(),
        subprotocol_token_selected::mutant(),
        subprotocol_token_unread::mutant(),
        unneeded_token_judged::mutant(),
        upgrade_shows_token::mutant(),
    ];
    [single, forged()].concat()
}

/// A mutant for each bad token: it is taken for a good one.
fn forged() -> Vec<Mutant> {
    let takes = |id, check, title, variant| {
        Mutant::wire(id, title, check, ReasonCode::Accepted, move || {
            admitted_with(variant, move |request| request.field(CASE_FIELD) == Some(check))
        })
    };
    let cases = TABLES.iter().flat_map(|(table, variant)| table.iter().map(move |case| (case, *variant)));
    cases
        .flat_map(|(case, variant)| {
            [
                takes(case.door_mutant, case.door, case.title, variant),
                takes(case.request_mutant, case.request, case.title, variant),
            ]
        })
        .collect()
}

/// What tokens of a variant are made with.
fn auth(variant: &str) -> Auth {
    let found = VARIANTS.iter().find(|found| found.name == variant);
    let target = Target::from_url("http://127.0.0.1:1").ok();
    found
        .zip(target)
        .and_then(|(variant, target)| configured(&target, variant).ok())
        .map(|target| target.auth)
        .unwrap_or_default()
}

/// A good token of a variant, with these scopes.
fn good(auth: &Auth, scope: Option<&str>) -> String {
    let token = Token::of(auth, ANYBODY);
    let token = scope.map_or(token.clone(), |scope| token.claim("scope", scope));
    auth.key().map(|key| token.signed(key)).unwrap_or_default()
}

/// Requests for which `applies` holds get a good token in place of what they have.
fn admitted(applies: impl FnMut(&Request) -> bool + Send) -> impl Fault {
    admitted_with("tokens", applies)
}

/// The same with a token of another variant.
fn admitted_with(variant: &str, applies: impl FnMut(&Request) -> bool + Send) -> impl Fault {
    let (auth, mut applies) = (Arc::new(auth(variant)), applies);
    edit::on_request(move |request| {
        if !applies(request) {
            return Reply::Pass;
        }
        let request = request.clone().with("Authorization", &format!("Bearer {}", good(&auth, None)));
        Reply::Rewrite(Request { target: without_token(&request.target), ..request })
    })
}

/// True for upgrades.
fn upgrades(request: &Request) -> bool {
    request.field("Upgrade").is_some()
}

/// True for requests that are no upgrades.
fn asks(request: &Request) -> bool {
    !upgrades(request)
}

/// A request target without the token in its query.
fn without_token(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let rest: Vec<&str> = query.split('&').filter(|part| !part.starts_with("token=")).collect();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
}

/// The token in the URL of requests for which `applies` holds is not seen.
fn without_query_token(applies: impl FnMut(&Request) -> bool + Send) -> impl Fault {
    let mut applies = applies;
    edit::on_request(move |request| {
        if !applies(request) {
            return Reply::Pass;
        }
        Reply::Rewrite(Request { target: without_token(&request.target), ..request.clone() })
    })
}

/// The token in the header of requests for which `applies` holds is not seen.
fn without_header(applies: impl FnMut(&Request) -> bool + Send) -> impl Fault {
    let mut applies = applies;
    edit::on_request(move |request| {
        if applies(request) { Reply::Rewrite(request.clone().without("Authorization")) } else { Reply::Pass }
    })
}

/// Upgrades for which `applies` holds come to a door that needs a token.
fn sent_to_api(applies: impl FnMut(&Request) -> bool + Send) -> impl Fault {
    let mut applies = applies;
    edit::on_request(move |request| {
        if !applies(request) {
            return Reply::Pass;
        }
        Reply::Rewrite(Request { target: "/api/v1/ws".to_owned(), ..request.clone() })
    })
}

/// The subprotocol that holds the token is the one selected.
fn selects_token() -> impl Fault {
    edit::edit_response(|request: &Request, response: &mut Response| {
        let offered = request.field("Sec-WebSocket-Protocol").unwrap_or_default();
        let bearer = offered.split(',').map(str::trim).find(|name| name.starts_with("bearer."));
        if bearer.is_some() {
            response.set_field("Sec-WebSocket-Protocol", bearer);
        }
    })
}

/// A token in the URL beside one in the header differs from it.
fn second_token_changed() -> impl Fault {
    edit::on_request(|request| {
        if request.field("Authorization").is_none() || !request.target.contains("token=") {
            return Reply::Pass;
        }
        Reply::Rewrite(Request { target: format!("{}x", request.target), ..request.clone() })
    })
}

/// True when the header of the request's token has a kid that begins so.
fn kid_begins(request: &Request, start: &str) -> bool {
    let token = bearer(request).unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default()).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    header["kid"].as_str().is_some_and(|kid| kid.starts_with(start))
}

/// A claim of the request's token, unverified.
fn claimed(request: &Request, name: &str) -> Option<Value> {
    bearer(request).and_then(claims_of)?.remove(name)
}

/// The token in the header of a request.
fn bearer(request: &Request) -> Option<&str> {
    request.field("Authorization")?.strip_prefix("Bearer ")
}

/// Tokens whose claims `applies` holds for get these scopes, none at all without any.
fn scopes_become(
    applies: impl FnMut(&Map<String, Value>) -> bool + Send,
    scope: Option<&'static str>,
) -> impl Fault {
    let (auth, mut applies) = (Arc::new(auth("tokens")), applies);
    edit::on_request(move |request| {
        let claims = bearer(request).and_then(claims_of);
        if !claims.is_some_and(|claims| applies(&claims)) {
            return Reply::Pass;
        }
        let token = good(&auth, scope);
        Reply::Rewrite(request.clone().with("Authorization", &format!("Bearer {token}")))
    })
}

/// The JSON of a message of this `type`.
fn sent(message: &Message, kind: &str) -> Option<Value> {
    message.to_json().filter(|value| value["type"] == kind)
}

/// A handshake reaches the server changed.
fn handshake_edited(change: impl FnMut(&mut Value) + Send) -> impl Fault {
    let mut change = change;
    edit::client_messages(move |message| match sent(message, "connection_handshake") {
        Some(mut handshake) => {
            change(&mut handshake);
            Action::Do(vec![super::Out::Server(Message::json(&handshake))])
        }
        None => Action::Pass,
    })
}

/// A refresh with a token for which `applies` holds reaches the server with a good one.
fn refresh_takes(applies: impl FnMut(&str, &Value) -> bool + Send) -> impl Fault {
    let (auth, mut applies) = (Arc::new(auth("tokens")), applies);
    edit::client_messages(move |message| {
        let Some(mut refresh) = sent(message, "token_refresh") else { return Action::Pass };
        let token = refresh["token"].as_str().unwrap_or_default().to_owned();
        let claims = claims_of(&token).map_or(Value::Null, Value::Object);
        if !applies(&token, &claims) {
            return Action::Pass;
        }
        refresh["token"] = good(&auth, None).into();
        Action::Do(vec![super::Out::Server(Message::json(&refresh))])
    })
}

/// Messages of one name show the token that came with the upgrade.
struct Echo {
    name: &'static str,
    token: String,
}

impl Echo {
    fn of(name: &'static str) -> Self {
        Self { name, token: String::new() }
    }
}

impl Fault for Echo {
    fn on_request(&mut self, request: &Request) -> Reply {
        let in_query = request.target.split_once("token=").map(|(_, token)| token);
        self.token = bearer(request).or(in_query).unwrap_or_default().to_owned();
        Reply::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let Some(mut value) = sent(message, self.name) else { return Action::Pass };
        value["token"] = self.token.as_str().into();
        Action::replace(Message::json(&value))
    }
}
