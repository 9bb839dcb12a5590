//! The functions a statement may call. None of them reads files, loads code, waits,
//! or makes large values of small ones.

/// Lower case, sorted.
const ALLOWED: [&str; 52] = [
    "abs",
    "avg",
    "ceil",
    "ceiling",
    "coalesce",
    "count",
    "cume_dist",
    "date",
    "datetime",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "group_concat",
    "ifnull",
    "iif",
    "instr",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "ln",
    "lower",
    "ltrim",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "pow",
    "power",
    "rank",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "sqrt",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "time",
    "total",
    "trim",
    "trunc",
    "typeof",
    "unixepoch",
    "upper",
];

/// Whether a function may be called; its case does not matter.
pub(super) fn allowed(name: &str) -> bool {
    ALLOWED.binary_search(&name.to_ascii_lowercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_so_that_all_of_it_is_found() {
        assert!(ALLOWED.is_sorted());
        assert!(ALLOWED.iter().all(|name| allowed(name)));
        assert!(allowed("SUM"));
        assert!(!allowed("load_extension"));
    }
}
