//! What the stages of a run have made so far, and the answer it comes to.

use indexmap::IndexMap;
use serde_json::value::{RawValue, to_raw_value};

use super::batch::cut;
use super::line::{DataOutput, NlpOutput, ReportOutput, VizOutput};
use crate::agents::{Role, Stage};
use crate::wire::error::Failure;

/// What the stages have made so far.
#[derive(Default)]
pub(super) struct Made {
    pub(super) sql: String,
    pub(super) data: Option<DataOutput>,
    pub(super) visualization: Option<Box<RawValue>>,
    pub(super) translator: Option<String>,
    pub(super) report: Option<Box<RawValue>>,
}

impl Made {
    /// Keeps what the answer needs of a stage's output; gives what the next stage needs of it.
    pub(super) fn take(
        &mut self,
        stage: &Stage,
        output: Box<RawValue>,
        most: usize,
    ) -> Result<Box<RawValue>, Failure> {
        let unreadable = |error: serde_json::Error| {
            Failure::internal(&format_args!("output of the {} agent: {error}", stage.agent))
        };
        match stage.role {
            Role::Translate => {
                let translated: NlpOutput = serde_json::from_str(output.get()).map_err(unreadable)?;
                self.sql = translated.sql;
                self.translator = translated.translator;
            }
            Role::Think => {}
            Role::Fetch => {
                let mut data: DataOutput = serde_json::from_str(output.get()).map_err(unreadable)?;
                // What is not answered need not be drawn.
                let cut = cut(&mut data.rows, most);
                data.truncated |= cut;
                let next = if cut { shortened(&output, &data).map_err(unreadable)? } else { output };
                self.data = Some(data);
                return Ok(next);
            }
            Role::Draw => {
                let drawn: VizOutput = serde_json::from_str(output.get()).map_err(unreadable)?;
                self.visualization = Some(drawn.visualization);
            }
            Role::Report => {
                let reported: ReportOutput = serde_json::from_str(output.get()).map_err(unreadable)?;
                self.visualization = Some(reported.visualization);
                self.report = Some(reported.report);
            }
        }
        Ok(output)
    }
}

/// The output with the rows that are left; whatever else the agent put out stays.
fn shortened(output: &RawValue, data: &DataOutput) -> Result<Box<RawValue>, serde_json::Error> {
    let mut fields: IndexMap<String, Box<RawValue>> = serde_json::from_str(output.get())?;
    fields.insert("rows".to_owned(), to_raw_value(&data.rows)?);
    fields.insert("truncated".to_owned(), to_raw_value(&data.truncated)?);
    to_raw_value(&fields)
}
