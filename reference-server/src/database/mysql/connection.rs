//! Connections: how they are opened, and what they are told before the first statement.

use std::sync::Arc;
use std::time::Duration;

use mysql_async::{Conn, DriverError, Error, Opts, OptsBuilder};

use super::Kind;
use super::account::{self, Reader};
use crate::database::{DatabaseError, DatabaseInfo};

/// Longest time to open a connection.
const OPEN: Duration = Duration::from_secs(5);
/// The server's code for a wrong name or password.
const ACCESS_DENIED: u16 = 1045;
/// Longest packet that is read: a single value can't be larger.
const MAX_PACKET: usize = 16 * 1024 * 1024;
/// Seconds after which the server may close an idle connection; a closed one is replaced.
const IDLE: usize = 28_800;

/// What `'`, `"` and `\` mean must not depend on the server's configuration: the guard counts on it.
const SQL_MODE: &str = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                        ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/// Opens connections of one account.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    opts: Opts,
    address: String,
    /// Who gives the account its password again when somebody else gave it another one.
    renewal: Option<Arc<Connector>>,
}

impl Connector {
    /// Connections of the account that sets up.
    pub(super) fn setup(opts: Opts) -> Self {
        let address = format!("{}:{}", opts.ip_or_hostname(), opts.tcp_port());
        let builder = OptsBuilder::from_opts(opts)
            .prefer_socket(false)
            .db_name(None::<String>)
            .tcp_nodelay(true)
            .init(vec![format!("SET SESSION sql_mode = '{SQL_MODE}'"), "SET NAMES utf8mb4".to_owned()]);
        Self { opts: builder.into(), address, renewal: None }
    }

    /// Connections that run statements on one database.
    pub(super) fn reader(
        setup: &Self,
        reader: &Reader,
        kind: Kind,
        info: &DatabaseInfo,
        statement_timeout: Duration,
    ) -> Self {
        let milliseconds = statement_timeout.as_millis().clamp(1, 4_294_967_295);
        let mut init = vec![
            "SET NAMES utf8mb4 COLLATE utf8mb4_bin".to_owned(),
            format!(
                "SET SESSION sql_mode = '{SQL_MODE}', max_execution_time = {milliseconds}, \
                 group_concat_max_len = 1048576, time_zone = '+00:00'"
            ),
        ];
        init.push(match kind {
            // One statement must not take the server's memory; TiDB has no read-only transactions to speak of.
            Kind::Tidb => "SET SESSION tidb_mem_quota_query = 268435456".to_owned(),
            Kind::MySql => "SET SESSION TRANSACTION READ ONLY".to_owned(),
        });
        let builder = OptsBuilder::from_opts(setup.opts.clone())
            .user(reader.user.clone())
            .pass(reader.password.clone())
            .db_name(Some(info.name.clone()))
            .stmt_cache_size(64)
            .max_allowed_packet(Some(MAX_PACKET))
            .wait_timeout(Some(IDLE))
            .init(init);
        let renewal = reader.is_ours().then(|| Arc::new(setup.clone()));
        Self { opts: builder.into(), address: setup.address.clone(), renewal }
    }

    /// Host and port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The account's name.
    pub(super) fn user(&self) -> &str {
        self.opts.user().unwrap_or_default()
    }

    /// The account's password.
    pub(super) fn password(&self) -> Option<&str> {
        self.opts.pass()
    }

    /// Opens one.
    pub(super) async fn connect(&self) -> Result<Conn, DatabaseError> {
        match (tokio::time::timeout(OPEN, Conn::new(self.opts.clone())).await, &self.renewal) {
            (Ok(Ok(conn)), _) => Ok(conn),
            // Another process made up a password of its own for the account: both may go on with this one.
            (Ok(Err(Error::Server(denied))), Some(setup)) if denied.code == ACCESS_DENIED => {
                let mut conn = Box::pin(setup.connect()).await?;
                account::renew(&mut conn, self.password().unwrap_or_default())
                    .await
                    .map_err(|error| unavailable(&self.address, &error))?;
                let again = tokio::time::timeout(OPEN, Conn::new(self.opts.clone())).await;
                again.map_err(|_| self.late())?.map_err(|error| unavailable(&self.address, &error))
            }
            (Ok(Err(error)), _) => Err(unavailable(&self.address, &error)),
            (Err(_), _) => Err(self.late()),
        }
    }

    fn late(&self) -> DatabaseError {
        let cause = format!("no connection within {OPEN:?}");
        DatabaseError::Unavailable { address: self.address.clone(), cause }
    }
}

/// The server can't be used, and this is what the driver says of it.
pub(super) fn unavailable(address: &str, error: &Error) -> DatabaseError {
    let cause = match error {
        Error::Driver(DriverError::ConnectionClosed) => "it closed the connection".to_owned(),
        other => one_line(&other.to_string()),
    };
    DatabaseError::Unavailable { address: address.to_owned(), cause }
}

/// Server messages may have several lines.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
