//! The command as a user runs it: real processes, real arguments, real files.

mod addresses;
mod desktop;
mod load;
mod mistakes;
mod process;
mod readme;
mod serve;
mod suite;
mod telemetry;
