//! Text made of words and numbers, without `core::fmt`: its numbers and widths would be a seventh of the C library.

use ::core::fmt::Result;
use ::core::num::NonZero;

/// A function that takes a text piece by piece.
pub(crate) type Out<'o> = dyn FnMut(&str) -> Result + 'o;

const TEN: NonZero<u64> = NonZero::<u64>::MIN.saturating_add(9);
const SIXTEEN: NonZero<u64> = NonZero::<u64>::MIN.saturating_add(15);

/// Writes a template. In it, `#` stands for the next number in decimal, and `@` for the next one in hexadecimal. `~`
/// stands for an "s", or for nothing if the number before it was 1.
#[inline(never)]
pub(crate) fn say(out: &mut Out<'_>, template: &str, numbers: &[u64]) -> Result {
    let mut numbers = numbers.iter().copied();
    let mut last = 0;
    for part in template.as_bytes().split_inclusive(|byte| matches!(byte, b'#' | b'@' | b'~')) {
        let (mark, words) = match part.split_last() {
            Some((mark @ (b'#' | b'@' | b'~'), words)) => (*mark, words),
            _ => (0, part),
        };
        // SAFETY: a text that is cut at ASCII characters is still text.
        out(unsafe { ::core::str::from_utf8_unchecked(words) })?;
        match mark {
            0 => {}
            b'~' => out(if last == 1 { "" } else { "s" })?,
            _ => {
                last = numbers.next().unwrap_or_default();
                digits(out, last, if mark == b'@' { SIXTEEN } else { TEN })?;
            }
        }
    }
    Ok(())
}

#[inline(never)]
fn digits(out: &mut Out<'_>, mut number: u64, base: NonZero<u64>) -> Result {
    // u64::MAX has 20 decimal digits.
    let mut room = [0; 20];
    let mut used = 0;
    for digit in room.iter_mut().rev() {
        let value = (number % base) as u8;
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        used += 1;
        number /= base;
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

    use super::say;

    #[test]
    fn templates_are_filled_in() {
        let said = |template: &str, numbers: &[u64]| {
            let mut text = String::new();
            let mut out = |part: &str| {
                text.push_str(part);
                Ok(())
            };
            say(&mut out, template, numbers).unwrap();
            text
        };
        assert_eq!(said("# # # #", &[0, 9, 10, u64::MAX]), "0 9 10 18446744073709551615");
        assert_eq!(said("0x@, 0x@", &[0xbeef, 0]), "0xbeef, 0x0");
        assert_eq!(said("# view~, # pin~ and # log~.", &[0, 1, 2]), "0 views, 1 pin and 2 logs.");
        assert_eq!(said("no mark", &[]), "no mark");
        assert_eq!(said("", &[]), "");
    }
}
