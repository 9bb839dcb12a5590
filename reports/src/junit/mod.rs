//! JUnit XML, for the test view of a CI system.
//!
//! ```xml
//! <?xml version="1.0" encoding="UTF-8"?>
//! <testsuites name="tidegate conformance" tests="3" failures="1" errors="1" time="2.140">
//!     <testsuite name="heartbeat" tests="3" disabled="0" errors="1" failures="1" time="0.812">
//!         <testcase name="heartbeat.pong" classname="heartbeat" time="0.203">
//!         </testcase>
//!         <testcase name="heartbeat.pong-late" classname="heartbeat" time="0.609">
//!             <failure message="the pong came 400 ms after its time" type="late">expected: …
//! actual: …
//! transcript: transcripts/heartbeat.pong-late.txt</failure>
//!         </testcase>
//!         <testcase name="heartbeat.idle" classname="heartbeat" time="0.000">
//!             <error message="the door was never opened" type="not_run">…</error>
//!         </testcase>
//!     </testsuite>
//! </testsuites>
//! ```
//!
//! One suite an area. `failed` is a failure; `not_run` an error (skipped where that is allowed), for it is the
//! instrument's; `not_applicable`,
//! `quarantined` and `known_failing` are skipped, with their reason as message; a `warning` passes, with its
//! text as output, for a SHOULD must not break a build.
//!
//! What else the verdict holds against the run is a case each of the suite `verdict`: a stale baseline entry or a flaky
//! check is a failure; a target that went away, a fault of the instrument, an interruption is an error.
//!
//! A load run has a document of its own: one case a threshold, missed is a failure; a generator that was the limit,
//! or a target that went away, is an error, for then no threshold says anything.

mod document;
mod load;

pub use document::to_xml;
pub use load::load_to_xml;
