//! Kernwerk.
