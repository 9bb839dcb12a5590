//! `GET /api/database/list`, `POST /api/database/select`, `POST /api/database/validate`.

use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::answer::{json, settle};
use super::call::Call;
use crate::database::{DatabaseInfo, catalog};
use crate::doors::Body;
use crate::wire::client::DatabaseContext;
use crate::wire::encode::Message;
use crate::wire::error::Failure;
use crate::wire::fields::Fields;
use crate::wire::identity::Ids;
use crate::wire::server::UsedContext;
use crate::wire::time::WireTime;
use crate::workflow::context;

/// Whether a database answers.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Available,
    Unavailable,
}

/// One database.
#[derive(Debug, Serialize, JsonSchema)]
struct Listed {
    name: &'static str,
    description: &'static str,
    tables: Vec<&'static str>,
    status: Status,
}

/// All of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DatabaseList {
    databases: Vec<Listed>,
    /// The one that is asked where nobody names one.
    default: String,
}

/// What became of a selection.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SelectedBody {
    database_context: UsedContext,
    expires_at: WireTime,
}

/// What is wrong with a context.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verdict {
    valid: bool,
    /// As they would be answered.
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    errors: Vec<Box<RawValue>>,
}

pub(super) async fn list(call: Call) -> Response<Body> {
    let well = call.backend.dependencies.databases_answer().await;
    let status = if well { Status::Available } else { Status::Unavailable };
    let listed = |known: &'static DatabaseInfo| Listed {
        name: &known.name,
        description: &known.description,
        tables: known.tables.iter().map(|table| table.name.as_str()).collect(),
        status,
    };
    let open = |known: &&'static DatabaseInfo| call.caller.permissions.opens(&known.name);
    let databases = catalog().iter().filter(open).map(listed).collect();
    json(
        StatusCode::OK,
        &DatabaseList { databases, default: call.backend.config.context.default_database.clone() },
    )
}

pub(super) async fn select(call: Call) -> Response<Body> {
    if call.backend.is_draining() {
        return call.backend.draining_answer();
    }
    settle(selected(call).await)
}

async fn selected(mut call: Call) -> Result<Response<Body>, Failure> {
    let map = call.object(false).await?;
    let fields = Fields::new(&map);
    let chosen = chosen(&fields)?;
    let named = call.session_id(fields.text("session_id")?)?;
    let named = named.ok_or_else(|| Failure::invalid("session_id must be a string"))?;
    let session = call.session(named)?;
    context::selectable(&call.backend.config.context, &chosen)?;
    permitted(&call, &chosen)?;
    if !call.backend.dependencies.databases_answer().await {
        return Err(context::unavailable(&chosen.database));
    }
    let selection = session.select(&chosen)?;
    let body = SelectedBody { database_context: selection.context, expires_at: selection.expires_at };
    Ok(json(StatusCode::OK, &body))
}

pub(super) async fn validate(call: Call) -> Response<Body> {
    settle(validated(call).await)
}

async fn validated(mut call: Call) -> Result<Response<Body>, Failure> {
    let map = call.object(false).await?;
    let chosen = chosen(&Fields::new(&map))?;
    let mut failures = context::faults(&chosen.database, chosen.tables.as_deref());
    if failures.is_empty() {
        failures.extend(context::selectable(&call.backend.config.context, &chosen).err());
        failures.extend(permitted(&call, &chosen).err());
    }
    if failures.is_empty() && !call.backend.dependencies.databases_answer().await {
        failures.push(context::unavailable(&chosen.database));
    }
    let errors = failures.iter().map(body_of).collect::<Result<Vec<_>, _>>()?;
    Ok(json(StatusCode::OK, &Verdict { valid: errors.is_empty(), errors }))
}

/// Whether the caller may ask that database.
fn permitted(call: &Call, chosen: &DatabaseContext) -> Result<(), Failure> {
    let all = catalog().iter().map(|known| known.name.as_str());
    call.caller.permissions.require_database(&chosen.database, all)
}

/// The database, and perhaps the tables, that a body names.
fn chosen(fields: &Fields<'_>) -> Result<DatabaseContext, Failure> {
    let database = fields.text("database")?.ok_or_else(|| Failure::invalid("database must be a string"))?;
    Ok(DatabaseContext { database: database.to_owned(), tables: fields.texts("tables")? })
}

/// An error as it would be answered.
fn body_of(failure: &Failure) -> Result<Box<RawValue>, Failure> {
    let text = Message::new(&Ids::default(), failure).named();
    serde_json::from_slice(&text).map_err(|error| Failure::internal(&error))
}
