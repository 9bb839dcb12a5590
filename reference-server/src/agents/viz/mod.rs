//! Chart type and Vega-Lite spec from column types and cardinality.
