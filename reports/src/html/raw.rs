//! Where the data behind the page are.

use maud::{Markup, html};

use crate::RunReport;
use crate::files::RAW_FILES;

/// Links to the files beside the page.
pub(super) fn section(run: &RunReport) -> Markup {
    html! {
        p { "Files of the same folder; the page does without them when it is sent alone." }
        div.scroll tabindex="0" role="region" aria-label="Files" {
            table {
                thead { tr { th scope="col" { "File" } th scope="col" { "What is in it" } } }
                tbody { @for file in RAW_FILES.iter().filter(|file| (file.is_there)(run)) {
                    tr { th scope="row" { a href=(file.name) { (file.name) } } td { (file.what) } }
                } }
            }
        }
        p.muted { "Made again from the recorded data by " code { "tidegate report DIR" } "." }
    }
}
