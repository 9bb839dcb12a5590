//! One file per command, each a translation of arguments into one library call.

pub(super) mod addresses;
pub(crate) mod check;
pub(crate) mod check_client;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod gate;
pub(crate) mod list;
pub(crate) mod load;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod query;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod serve;
