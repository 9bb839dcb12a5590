//! One self-contained page: `index.html`.

mod page;

pub use page::page;
