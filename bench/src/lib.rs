//! What the benchmarks share: a clock that measures a subject and its control by turns, the controls, and the table.
//!
//! These machines are shared, and their clocks wander: a time alone says little. So what is measured is a ratio: a subject
//! and the control that it is held against take turns of some microseconds, and criterion is given the ratio as the
//! measurement, with its statistics and its plots.

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
