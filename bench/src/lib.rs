//! What the benchmarks share: a clock that measures a subject and its control by turns, the controls, and the table.
//!
//! The machines are shared, and their clocks wander, so a time alone says little. So the benchmarks measure a ratio: a
//! subject and its control take turns of some microseconds, and criterion gets the ratio as the measurement, with its
//! statistics and its plots.

pub mod controls;
pub mod results;
pub mod rows;
pub mod table;

#[cfg(feature = "harness")]
pub mod ratio;
#[cfg(feature = "harness")]
pub mod report;
#[cfg(feature = "harness")]
pub mod threads;
