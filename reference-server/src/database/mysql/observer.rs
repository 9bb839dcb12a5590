//! Noticing that somebody changed tables of a server.
//!
//! Its own description of them (`information_schema`) is read and compared. That rows changed can't be seen this
//! way, and is not claimed: results of a server are never kept.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use std::sync::Arc;

use super::connection::unavailable;
use super::pool::Pool;
use crate::database::observation::{Observation, Observer};
use crate::database::{ColumnInfo, ColumnKind, DatabaseError, DatabaseInfo, TableInfo};

/// Every column of a database, in order. The mark that the rows were loaded is nobody else's business.
const COLUMNS: &str = "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns \
                       WHERE table_schema = DATABASE() AND table_name <> 'tidegate_data' \
                       ORDER BY table_name, ordinal_position";

/// Table, column, type, and `YES` where it may be null.
type Described = (String, String, String, String);

/// All databases of a server.
pub(super) struct ServerObserver(Vec<Watched>);

struct Watched {
    pool: Arc<Pool>,
    known: DatabaseInfo,
    conn: Option<Conn>,
}

impl ServerObserver {
    pub(super) fn new(pools: &[Arc<Pool>]) -> Self {
        let watched =
            |pool: &Arc<Pool>| Watched { pool: Arc::clone(pool), known: pool.info().clone(), conn: None };
        Self(pools.iter().map(watched).collect())
    }
}

impl Observer for ServerObserver {
    fn look(&mut self) -> BoxFuture<'_, Result<Vec<Observation>, DatabaseError>> {
        async move {
            let mut found = Vec::new();
            for watched in &mut self.0 {
                found.extend(watched.look().await?);
            }
            Ok(found)
        }
        .boxed()
    }
}

impl Watched {
    async fn look(&mut self) -> Result<Option<Observation>, DatabaseError> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.pool.connect().await?,
        };
        let described: Vec<Described> =
            conn.query(COLUMNS).await.map_err(|error| unavailable(self.pool.address(), &error))?;
        // A connection that failed was dropped above, and is opened anew at the next look.
        self.conn = Some(conn);
        let now = describe(described, self.pool.info());
        if now == self.known {
            return Ok(None);
        }
        self.known = now.clone();
        Ok(Some(Observation { database: now.name.clone(), schema: Some(now), tables: Vec::new() }))
    }
}

/// The schema. Columns that the catalogue knows are as it has them; its tables come first, in its order.
fn describe(described: Vec<Described>, base: &DatabaseInfo) -> DatabaseInfo {
    let mut tables: Vec<TableInfo> = Vec::new();
    for (table, column, declared, nullable) in described {
        let known = base.table(&table).and_then(|table| table.column(&column)).cloned();
        let column = known.unwrap_or_else(|| ColumnInfo {
            kind: ColumnKind::declared(&column, &declared),
            nullable: nullable == "YES",
            references: None,
            name: column,
        });
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(column),
            None => tables.push(TableInfo { name: table, columns: vec![column] }),
        }
    }
    let place = |table: &TableInfo| base.tables.iter().position(|known| known.name == table.name);
    tables.sort_by_key(|table| place(table).unwrap_or(usize::MAX));
    DatabaseInfo { name: base.name.clone(), description: base.description.clone(), tables }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::catalog;

    fn rows(info: &DatabaseInfo) -> Vec<Described> {
        let row = |table: &TableInfo, column: &ColumnInfo| {
            (table.name.clone(), column.name.clone(), "bigint".to_owned(), "NO".to_owned())
        };
        let mut tables: Vec<&TableInfo> = info.tables.iter().collect();
        tables.sort_by_key(|table| table.name.clone());
        tables.into_iter().flat_map(|table| table.columns.iter().map(|column| row(table, column))).collect()
    }

    #[test]
    fn what_the_catalogue_knows_stays_as_it_is_and_what_is_new_comes_after() {
        let base = &catalog()[0];
        assert_eq!(describe(rows(base), base), *base);
        let mut more = rows(base);
        let text = |text: &str| text.to_owned();
        more.push((text("zebras"), text("price_cents"), text("int"), text("YES")));
        more.push((text("zebras"), text("weight"), text("double"), text("NO")));
        let info = describe(more, base);
        let table = info.tables.last().unwrap();
        let kinds: Vec<_> = table.columns.iter().map(|column| (column.kind, column.nullable)).collect();
        assert_eq!(table.name, "zebras");
        assert_eq!(kinds, [(ColumnKind::MoneyCents, true), (ColumnKind::Real, false)]);
    }
}
