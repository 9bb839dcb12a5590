//! Scenario files and their loader: what a load run does, against which limits it is judged, with mistakes reported by file, line and column
