//! The load generator: sessions driven by goose, honest clocks, exact accounting, and a verdict on the generator itself
