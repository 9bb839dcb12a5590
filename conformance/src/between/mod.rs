//! The suite between the tiers of a target: posts on the way from one tier to the next, which see what passes and may
//! refuse or cut it.
//!
//! A target is started so that it finds the next tier at a post; the post passes everything on to the usual target's
//! tier. Mutants stand between the target and its posts.

mod book;
mod post;
mod watch;

pub(crate) use book::{Manner, Passed, What};
pub(crate) use post::{Post, Posts};
