//! Functions that a statement may call, in one table: the guard reads it by dialect, SQLite's authorizer too.
//!
//! None of them reads files, loads code, waits, locks, tells about the server, or makes a large value of a small
//! one (`REPEAT`, `LPAD`, `REPLACE`, `printf`).

use super::Dialect;

/// Where a function is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// By both engines, with the same meaning.
    Both,
    Sqlite,
    MySql,
    /// What SQLite makes of an operator; nobody calls it by name.
    SqliteOperator,
}
use Known::{Both, MySql, Sqlite, SqliteOperator};

/// Lower case, sorted.
const FUNCTIONS: &[(&str, Known)] = &[
    ("->", SqliteOperator),
    ("->>", SqliteOperator),
    ("abs", Both),
    ("avg", Both),
    ("ceil", Both),
    ("ceiling", Both),
    ("char_length", MySql),
    ("character_length", MySql),
    ("coalesce", Both),
    ("concat", MySql),
    ("concat_ws", MySql),
    ("count", Both),
    ("cume_dist", Both),
    ("date", Both),
    ("date_add", MySql),
    ("date_format", MySql),
    ("date_sub", MySql),
    ("datediff", MySql),
    ("datetime", Sqlite),
    ("day", MySql),
    ("dayname", MySql),
    ("dayofmonth", MySql),
    ("dayofweek", MySql),
    ("dayofyear", MySql),
    ("dense_rank", Both),
    ("exp", Both),
    ("first_value", Both),
    ("floor", Both),
    ("greatest", MySql),
    ("group_concat", Both),
    ("hour", MySql),
    ("if", MySql),
    ("ifnull", Both),
    ("iif", Sqlite),
    ("instr", Both),
    ("isnull", MySql),
    ("julianday", Sqlite),
    ("lag", Both),
    ("last_day", MySql),
    ("last_value", Both),
    ("lead", Both),
    ("least", MySql),
    ("left", MySql),
    ("length", Both),
    ("like", SqliteOperator),
    ("ln", Both),
    ("log10", MySql),
    ("log2", MySql),
    ("lower", Both),
    ("ltrim", Both),
    ("max", Both),
    ("min", Both),
    ("minute", MySql),
    ("mod", Both),
    ("month", MySql),
    ("monthname", MySql),
    ("nth_value", Both),
    ("ntile", Both),
    ("nullif", Both),
    ("percent_rank", Both),
    ("pow", Both),
    ("power", Both),
    ("quarter", MySql),
    ("rank", Both),
    ("right", MySql),
    ("round", Both),
    ("row_number", Both),
    ("rtrim", Both),
    ("second", MySql),
    ("sign", Both),
    ("sqrt", Both),
    ("std", MySql),
    ("stddev", MySql),
    ("stddev_pop", MySql),
    ("stddev_samp", MySql),
    ("str_to_date", MySql),
    ("strftime", Sqlite),
    ("string_agg", Sqlite),
    ("substr", Both),
    ("substring", Both),
    ("substring_index", MySql),
    ("sum", Both),
    ("time", Sqlite),
    ("timestampdiff", MySql),
    ("to_days", MySql),
    ("total", Sqlite),
    ("trim", Both),
    ("trunc", Sqlite),
    ("truncate", MySql),
    ("typeof", Sqlite),
    ("unixepoch", Sqlite),
    ("upper", Both),
    ("var_pop", MySql),
    ("var_samp", MySql),
    ("variance", MySql),
    ("week", MySql),
    ("weekday", MySql),
    ("weekofyear", MySql),
    ("year", MySql),
    ("yearweek", MySql),
];

/// Whether a statement may call a function by its name; case does not matter.
pub(crate) fn may_call(name: &str, dialect: Dialect) -> bool {
    matches!(
        (known(name), dialect),
        (Some(Both), _) | (Some(Sqlite), Dialect::Sqlite) | (Some(MySql), Dialect::MySql)
    )
}

/// Whether SQLite may run a function: what may be called, and what operators become.
pub(super) fn sqlite_may_run(name: &str) -> bool {
    may_call(name, Dialect::Sqlite) || known(name) == Some(SqliteOperator)
}

fn known(name: &str) -> Option<Known> {
    let name = name.to_ascii_lowercase();
    let at = FUNCTIONS.binary_search_by_key(&name.as_str(), |(known, _)| known).ok()?;
    Some(FUNCTIONS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_all_of_it_is_found() {
        assert!(FUNCTIONS.is_sorted_by_key(|(name, _)| name));
        assert!(FUNCTIONS.iter().all(|(name, _)| known(name).is_some()));
    }

    #[test]
    fn each_dialect_has_its_own_functions() {
        for (name, sqlite, mysql) in [
            ("SUM", true, true),
            ("strftime", true, false),
            ("Date_Format", false, true),
            ("like", false, false),
            ("load_extension", false, false),
            ("sleep", false, false),
            ("repeat", false, false),
        ] {
            assert_eq!(may_call(name, Dialect::Sqlite), sqlite, "{name}");
            assert_eq!(may_call(name, Dialect::MySql), mysql, "{name}");
        }
        assert!(sqlite_may_run("LIKE") && !sqlite_may_run("date_format"));
    }
}
