//! The command as a user runs it: real processes, real arguments, real files.

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod capacity;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod desktop;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod live;
mod load;
mod mistakes;
#[cfg(test)]
mod openmetrics;
mod process;
#[cfg(test)]
mod query;
mod readme;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod serve;
mod suite;
#[cfg(test)]
mod telemetry;
#[cfg(test)]
mod tidb;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod workers;
