//! Tables and columns as a database file has them now.

use rusqlite::Connection;

use crate::database::{ColumnInfo, ColumnKind, DatabaseInfo, TableInfo};

/// A name as SQL has it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Reads the schema. What a column holds that SQLite has no type for (money, days) is taken from `base` where it
/// knows the column, and from the column's name elsewhere. Tables come in the order of `base`, new ones after.
pub(super) fn describe(connection: &Connection, base: &DatabaseInfo) -> rusqlite::Result<DatabaseInfo> {
    let mut names: Vec<String> = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let place =
        |name: &String| base.tables.iter().position(|table| table.name == *name).unwrap_or(usize::MAX);
    names.sort_by_key(place);
    let tables = names.iter().map(|name| table(connection, name, base)).collect::<Result<_, _>>()?;
    Ok(DatabaseInfo { name: base.name.clone(), description: base.description.clone(), tables })
}

fn table(connection: &Connection, name: &str, base: &DatabaseInfo) -> rusqlite::Result<TableInfo> {
    let known = base.table(name);
    let mut keys =
        connection.prepare("SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1)")?;
    let keys: Vec<(String, String, Option<String>)> = keys
        .query_map([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let columns = connection
        .prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)")?
        .query_map([name], |row| {
            let column: String = row.get(0)?;
            if let Some(known) = known.and_then(|known| known.column(&column)) {
                return Ok(known.clone());
            }
            let (declared, required, key): (String, bool, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let references = keys.iter().find(|(from, _, _)| *from == column);
            Ok(ColumnInfo {
                kind: ColumnKind::declared(&column, &declared),
                nullable: !required && key == 0,
                references: references.and_then(|(_, table, to)| Some((table.clone(), to.clone()?))),
                name: column,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(TableInfo { name: name.to_owned(), columns })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::catalog;

    fn empty() -> DatabaseInfo {
        DatabaseInfo { name: "x".to_owned(), description: String::new(), tables: Vec::new() }
    }

    #[test]
    fn a_table_of_somebody_else_is_described() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE parent (id INTEGER PRIMARY KEY);
                 CREATE TABLE \"odd \"\"name\" (price_cents INTEGER NOT NULL, weight REAL, bought_on TEXT, note,
                     parent_id INTEGER REFERENCES parent(id));",
            )
            .unwrap();
        let info = describe(&connection, &empty()).unwrap();
        let table = info.table("odd \"name").unwrap();
        let kinds: Vec<_> = table.columns.iter().map(|column| (column.kind, column.nullable)).collect();
        assert_eq!(
            kinds,
            [
                (ColumnKind::MoneyCents, false),
                (ColumnKind::Real, true),
                (ColumnKind::Date, true),
                (ColumnKind::Text, true),
                (ColumnKind::Integer, true),
            ]
        );
        assert_eq!(table.columns[4].references, Some(("parent".to_owned(), "id".to_owned())));
        assert!(!info.table("parent").unwrap().columns[0].nullable);
    }

    #[test]
    fn what_the_catalogue_knows_stays_as_it_is() {
        let base = &catalog()[0];
        let connection = Connection::open_in_memory().unwrap();
        for table in base.tables.iter().rev() {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            connection
                .execute_batch(&format!("CREATE TABLE {} ({})", table.name, columns.join(", ")))
                .unwrap();
        }
        assert_eq!(describe(&connection, base).unwrap(), *base);
    }
}
