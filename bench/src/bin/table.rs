//! Prints what was measured beside what it should be: `table`, or `table --markdown`.

use atomic_log_bench::rows::ROWS;
use atomic_log_bench::{results, table};

fn main() {
    let outcomes = results::read().unwrap_or_else(|error| {
        eprintln!("nothing was measured: {}: {error}", results::directory().display());
        Vec::new()
    });
    let markdown = std::env::args().skip(1).any(|argument| argument == "--markdown");
    let shown = if markdown { table::markdown } else { table::text };
    print!("{}", shown(ROWS, &outcomes));
}
