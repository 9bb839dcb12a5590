//! The guard of the MySQL dialect, with TiDB as its judge.
