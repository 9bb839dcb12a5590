//! A streamed result passes through every tier without being collected anywhere: memory stays flat, however many rows
//! there are. A process of its own, because its memory is what is measured.

#[cfg(test)]
mod streaming;
