//! Text made of words and numbers. Not by `core::fmt`, whose numbers and widths would be a seventh of the C library.

use ::core::fmt::Result;

/// Where a text goes, piece by piece.
pub(crate) type Out<'o> = dyn FnMut(&str) -> Result + 'o;

/// What a text is made of.
pub(crate) enum Part<'t> {
    Word(&'t str),
    Number(u64),
    /// In hexadecimal, behind 0x.
    Address(usize),
}

impl<'t> From<&'t str> for Part<'t> {
    fn from(word: &'t str) -> Part<'t> {
        Part::Word(word)
    }
}

impl From<u64> for Part<'_> {
    fn from(number: u64) -> Self {
        Part::Number(number)
    }
}

impl From<u32> for Part<'_> {
    fn from(number: u32) -> Self {
        Part::Number(number.into())
    }
}

impl From<usize> for Part<'_> {
    fn from(number: usize) -> Self {
        Part::Number(number as u64)
    }
}

/// Writes the parts one behind the other: `say!(out, "aligned to ", align, "\n")`.
macro_rules! say {
    ($out:expr, $($part:expr),+) => {
        $crate::raw::text::put($out, &[$($crate::raw::text::Part::from($part)),+])
    };
}
pub(crate) use say;

#[inline(never)]
pub(crate) fn put(out: &mut Out<'_>, parts: &[Part<'_>]) -> Result {
    for part in parts {
        match *part {
            Part::Word(word) => out(word)?,
            Part::Number(number) => digits::<10>(out, number)?,
            Part::Address(address) => {
                out("0x")?;
                digits::<16>(out, address as u64)?;
            }
        }
    }
    Ok(())
}

fn digits<const BASE: u64>(out: &mut Out<'_>, mut number: u64) -> Result {
    // u64::MAX has 20 decimal ones.
    let mut room = [0; 20];
    let mut used = 0;
    for digit in room.iter_mut().rev() {
        let value = (number % BASE) as u8;
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        used += 1;
        number /= BASE;
        if number == 0 {
            break;
        }
    }
    let digits = room.get(room.len() - used..).unwrap_or_default();
    // SAFETY: digits are ASCII.
    out(unsafe { ::core::str::from_utf8_unchecked(digits) })
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use std::string::String;

    use super::Part;

    #[test]
    fn numbers_are_written_whole() {
        let mut text = String::new();
        let mut out = |part: &str| {
            text.push_str(part);
            Ok(())
        };
        say!(&mut out, 0u64, " ", 9u32, " ", 10usize, " ", u64::MAX, " ", Part::Address(0xbeef), " ", Part::Address(0))
            .unwrap();
        assert_eq!(text, "0 9 10 18446744073709551615 0xbeef 0x0");
    }
}
