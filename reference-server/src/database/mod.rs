//! The embedded databases.
