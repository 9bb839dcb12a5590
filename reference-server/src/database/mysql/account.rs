//! The account that runs statements: it may SELECT and nothing else.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Value};
use rand::Rng;

use super::connection::{Connector, one_line, unavailable};
use crate::config;
use crate::database::{DatabaseError, catalog};

/// Its name.
const NAME: &str = "tidegate_reader";

/// Privileges that can't change anything.
const HARMLESS: [&str; 5] = ["USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS"];

/// Name and password.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

impl Reader {
    /// Whether it is the account that the set-up makes.
    pub(super) fn is_ours(&self) -> bool {
        self.user.as_deref() == Some(NAME)
    }
}

/// Gives the account its password again.
pub(super) async fn renew(conn: &mut Conn, password: &str) -> Result<(), Error> {
    make(conn, password).await
}

/// Makes the account, or finds that the given one can only read anyway.
pub(super) async fn reader(
    conn: &mut Conn,
    setup: &Connector,
    config: &config::Database,
) -> Result<Reader, DatabaseError> {
    let password = match &config.reader_password {
        Some(password) => password.expose().to_owned(),
        None => format!("{:032x}", rand::rng().random::<u128>()),
    };
    match make(conn, &password).await {
        Ok(()) => {
            refuse_writers(conn, setup, &format!("SHOW GRANTS FOR '{NAME}'@'%'"), NAME).await?;
            Ok(Reader { user: Some(NAME.to_owned()), password: Some(password) })
        }
        Err(Error::Server(denied)) if may_not(denied.code) => {
            refuse_writers(conn, setup, "SHOW GRANTS", setup.user()).await?;
            tracing::info!(
                user = setup.user(),
                "the account may make no other one, and can only read: it is used itself"
            );
            let password = setup.password().map(str::to_owned);
            Ok(Reader { user: Some(setup.user().to_owned()), password })
        }
        Err(error) => Err(unavailable(setup.address(), &error)),
    }
}

async fn make(conn: &mut Conn, password: &str) -> Result<(), Error> {
    let password = Value::from(password).as_sql(false);
    for sql in [
        format!("CREATE USER IF NOT EXISTS '{NAME}'@'%' IDENTIFIED BY {password}"),
        format!("ALTER USER '{NAME}'@'%' IDENTIFIED BY {password}"),
    ] {
        conn.query_drop(sql).await?;
    }
    for database in catalog() {
        conn.query_drop(format!("GRANT SELECT ON `{}`.* TO '{NAME}'@'%'", database.name)).await?;
    }
    Ok(())
}

/// An account that could write is not used, whatever stands before it.
async fn refuse_writers(
    conn: &mut Conn,
    setup: &Connector,
    question: &str,
    user: &str,
) -> Result<(), DatabaseError> {
    let grants: Vec<String> =
        conn.query(question).await.map_err(|error| unavailable(setup.address(), &error))?;
    match grants.iter().find(|grant| !is_harmless(grant)) {
        None => Ok(()),
        Some(grant) => Err(DatabaseError::Setup {
            address: setup.address().to_owned(),
            cause: format!(
                "account {user} may do more than read ({}); give it SELECT only, or the right to create users",
                one_line(grant)
            ),
        }),
    }
}

/// `GRANT SELECT, … ON … TO …`, of nothing but harmless privileges. A role's grant has no `ON`.
fn is_harmless(grant: &str) -> bool {
    let Some((privileges, target)) = grant.strip_prefix("GRANT ").and_then(|rest| rest.split_once(" ON "))
    else {
        return false;
    };
    !target.contains("WITH GRANT OPTION")
        && privileges.split(',').all(|privilege| HARMLESS.contains(&privilege.trim()))
}

/// The server says that the account may not do this.
pub(super) fn may_not(code: u16) -> bool {
    matches!(code, 1044 | 1045 | 1142 | 1143 | 1227 | 1410 | 1370)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_grants_that_read_are_harmless() {
        for grant in [
            "GRANT USAGE ON *.* TO 'tidegate_reader'@'%'",
            "GRANT SELECT ON `tpch`.* TO 'tidegate_reader'@'%'",
            "GRANT SELECT, SHOW VIEW ON `tpch`.* TO `a`@`%`",
        ] {
            assert!(is_harmless(grant), "{grant}");
        }
        for grant in [
            "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION",
            "GRANT SELECT,INSERT ON `tpch`.* TO 'a'@'%'",
            "GRANT SELECT ON `tpch`.* TO 'a'@'%' WITH GRANT OPTION",
            "GRANT 'writer'@'%' TO 'a'@'%'",
            "GRANT RESTRICTED_TABLES_ADMIN ON *.* TO 'a'@'%'",
            "",
        ] {
            assert!(!is_harmless(grant), "{grant}");
        }
    }
}
