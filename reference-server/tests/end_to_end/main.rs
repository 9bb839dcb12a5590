//! The backend end to end over real sockets, with agents that do what the question says.

#[cfg(test)]
mod connections;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod tiers;
