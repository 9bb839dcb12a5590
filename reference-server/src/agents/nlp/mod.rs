//! Questions in words to a typed query tree to SQL.
