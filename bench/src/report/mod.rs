//! The report: one page that needs nothing else, and its plots as files beside it.

mod bars;
mod curves;
pub mod draw;
mod machine;
mod page;

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::results::{self, Outcome};
use crate::rows::ROWS;
use crate::table::{join, parts};

/// A picture, and what it shows.
struct Plot {
    /// Of its file, without the extension.
    name: String,
    title: String,
    caption: String,
    svg: String,
}

/// Writes the report and the plots beside the results.
pub fn write() -> io::Result<PathBuf> {
    let directory = results::directory();
    fs::create_dir_all(&directory)?;
    let outcomes = results::read()?;
    let (lines, rest) = join(ROWS, &outcomes);
    let of = |group: &str| rest.iter().copied().filter(|it| parts(&it.row).0 == group).collect::<Vec<&Outcome>>();
    let (growth, peers) = (of("growth"), of("peers"));
    let others: Vec<_> = rest.iter().copied().filter(|it| !["growth", "peers"].contains(&parts(&it.row).0)).collect();
    let page = page::Page {
        machine: machine::facts(),
        files: machine::files(&directory)?,
        criterion: directory.join("../criterion/report/index.html").exists(),
        lines: &lines,
        curves: curves::plots(&growth)?,
        growth: &growth,
        bars: bars::plots(&peers)?,
        peers: &peers,
        others: &others,
    };
    for plot in page.curves.iter().chain(&page.bars) {
        fs::write(directory.join(&plot.name).with_extension("svg"), &plot.svg)?;
    }
    let path = directory.join("report.html");
    fs::write(&path, page.html())?;
    Ok(path)
}

/// Makes a name that any file system takes out of a row's name.
fn slug(row: &str) -> String {
    let kept = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let mut slug: String = row.chars().map(kept).collect();
    while slug.contains("--") {
        slug = slug.replace("--", "-");
    }
    slug.trim_matches('-').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(slug("peers/append/64"), "peers-append-64");
        assert_eq!(slug("growth/../A b"), "growth-a-b");
    }
}
