//! Every fault of `docs/faults.md` is a test that bears its number.

#[cfg(test)]
mod faults {
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Numbers of the functions `fault_NN_…` in the sources under `folder`.
    fn tested(folder: &Path, numbers: &mut BTreeSet<u32>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target" && name != "fuzz") {
                    tested(&path, numbers);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let named = text
                    .split("fn fault_")
                    .skip(1)
                    .filter_map(|rest| rest.split('_').next()?.parse::<u32>().ok());
                numbers.extend(named);
            }
        }
    }

    #[test]
    fn each_one_has_its_test() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(root.join("docs/faults.md")).unwrap();
        let rows =
            page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()?.parse::<u32>().ok());
        let listed: BTreeSet<u32> = rows.collect();
        assert_eq!(listed.len(), 44, "{listed:?}");
        let mut numbers = BTreeSet::new();
        for folder in ["src", "tests", "reference-server", "loadgen", "conformance"] {
            tested(&root.join(folder), &mut numbers);
        }
        let missing: Vec<_> = listed.difference(&numbers).collect();
        assert!(missing.is_empty(), "no test for faults {missing:?}");
    }
}
