//! What a process that plays a part of a run tells of each second, so that it can be added up with what others tell.

use reports::model::TimelineRow;
use serde::{Deserialize, Serialize};

use crate::shards::{SecondTexts, Takings};

/// One second of one process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PartSecond {
    /// The times behind the percentiles of its row.
    pub times: SecondTexts,
    /// What [`Together`](super::Together) needs beyond that, where the live figures are wanted.
    pub figures: Option<Box<PartFigures>>,
}

/// What one process knows at the end of a second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PartFigures {
    /// The row of the second.
    pub(crate) row: TimelineRow,
    /// Counts and states so far, without seconds. Of the histograms only what is judged is told, and of that only what
    /// came in this second: everything before was told before.
    pub(crate) takings: Takings,
}
