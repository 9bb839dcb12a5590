//! One row of fields.

/// A row that grows field by field.
#[derive(Debug, Default)]
pub(super) struct Row(String);

impl Row {
    /// Adds a field, in quotes where it needs them.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.separate();
        // A spreadsheet takes text that begins like this for a formula.
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let text = if formula { format!("'{text}") } else { text.to_owned() };
        if text.contains(['"', ',', '\n', '\r']) {
            self.0.push('"');
            self.0.push_str(&text.replace('"', "\"\""));
            self.0.push('"');
        } else {
            self.0.push_str(&text);
        }
        self
    }

    /// Adds a number.
    pub(super) fn number(mut self, number: impl std::fmt::Display) -> Self {
        self.separate();
        self.0.push_str(&number.to_string());
        self
    }

    /// Adds a number, or an empty field where it is not known.
    pub(super) fn known(self, number: Option<impl std::fmt::Display>) -> Self {
        match number {
            Some(number) => self.number(number),
            None => self.number(""),
        }
    }

    /// The row with its end.
    pub(super) fn end(mut self) -> String {
        self.0.push_str("\r\n");
        // The first separator stands before the first field.
        self.0.split_off(1)
    }

    fn separate(&mut self) {
        self.0.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let row =
            Row::default().text("plain").text("a,b").text("say \"so\"").known(None::<u64>).number(1.5).end();
        assert_eq!(row, "plain,\"a,b\",\"say \"\"so\"\"\",,1.5\r\n");
    }

    #[test]
    fn no_text_becomes_a_formula() {
        assert_eq!(Row::default().text("=cmd()").end(), "'=cmd()\r\n");
    }

    proptest::proptest! {
        #[test]
        fn any_text_stays_one_field(text in ".{0,40}") {
            let row = Row::default().text(&text).number(7).end();
            let quotes = row.matches('"').count();
            proptest::prop_assert!(quotes % 2 == 0);
            proptest::prop_assert!(row.ends_with(",7\r\n"));
        }
    }
}
