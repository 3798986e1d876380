//! The members of a record, so that other programs can read them.
//!
//! CDR is the encoding of DDS and ROS 2 (XCDR1, <https://www.omg.org/spec/DDSI-RTPS>). A struct of numbers and fixed
//! arrays, each where its alignment puts it, is CDR as it lies in memory. A schema describes the members in the words
//! of ROS 2.

use core::ffi::{CStr, c_char};
use core::fmt;
use core::marker::PhantomData;

use crate::Problem;
use crate::text::{Out, say};

/// The type of a field's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum FieldType {
    /// A byte that is 0 or 1.
    Bool = 0x101,
    /// One byte of a text.
    Char = 0x201,
    /// A signed integer of 8 bits.
    I8 = 0x301,
    /// An unsigned integer of 8 bits.
    U8 = 0x401,
    /// A signed integer of 16 bits.
    I16 = 0x502,
    /// An unsigned integer of 16 bits.
    U16 = 0x602,
    /// A signed integer of 32 bits.
    I32 = 0x704,
    /// An unsigned integer of 32 bits.
    U32 = 0x804,
    /// A signed integer of 64 bits.
    I64 = 0x908,
    /// An unsigned integer of 64 bits.
    U64 = 0xa08,
    /// A floating-point number of 32 bits.
    F32 = 0xb04,
    /// A floating-point number of 64 bits.
    F64 = 0xc08,
}

/// Each type, with its name in a schema.
const TYPES: [(FieldType, &str); 12] = [
    (FieldType::Bool, "bool"),
    (FieldType::Char, "char"),
    (FieldType::I8, "int8"),
    (FieldType::U8, "uint8"),
    (FieldType::I16, "int16"),
    (FieldType::U16, "uint16"),
    (FieldType::I32, "int32"),
    (FieldType::U32, "uint32"),
    (FieldType::I64, "int64"),
    (FieldType::U64, "uint64"),
    (FieldType::F32, "float32"),
    (FieldType::F64, "float64"),
];

/// One member of a record: its name, its type, and where it lies.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Field<'a> {
    // Laid out like an `alog_field`: a caller's array of those is passed on as it is.
    name: *const c_char,
    kind: u32,
    offset: u32,
    count: u32,
    texts: PhantomData<&'a CStr>,
}

// SAFETY: a field is a text that does not change, and numbers.
unsafe impl Send for Field<'_> {}
// SAFETY: as for `Send`.
unsafe impl Sync for Field<'_> {}

impl<'a> Field<'a> {
    /// A member that begins `offset` bytes from the begin of the record, and holds `count` values: 1, or the length of
    /// an array.
    pub const fn new(name: &'a CStr, kind: FieldType, offset: u32, count: u32) -> Field<'a> {
        Field { name: name.as_ptr(), kind: kind as u32, offset, count, texts: PhantomData }
    }

    /// The name's bytes. None if the name is NULL.
    pub(crate) fn name(&self) -> &'a [u8] {
        if self.name.is_null() {
            return &[];
        }
        // SAFETY: the name was made from a text that lives as long, or a caller in C promised this.
        unsafe { CStr::from_ptr(self.name) }.to_bytes()
    }

    pub(super) fn begin(&self) -> usize {
        self.offset as usize
    }

    /// The offset behind its last byte. Only for a field that was checked.
    pub(super) fn end(&self) -> usize {
        self.begin() + (self.value_size() * u64::from(self.count)) as usize
    }

    /// Whether a time can be read at this offset.
    pub(super) fn is_time_at(&self, offset: u32) -> bool {
        self.kind == FieldType::U64 as u32
            && offset.checked_sub(self.offset).is_some_and(|within| within % 8 == 0 && within / 8 < self.count)
    }

    /// The size of one value in bytes, which is also its alignment.
    fn value_size(&self) -> u64 {
        u64::from(self.kind & 0xff)
    }

    fn type_name(&self) -> Option<&'static str> {
        TYPES.into_iter().find(|(kind, _)| *kind as u32 == self.kind).map(|(_, name)| name)
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({}", self.name().escape_ascii())?;
        write!(f, ", {}[{}] at {})", self.type_name().unwrap_or("?"), self.count, self.offset)
    }
}

/// What is wrong with a channel, in words: `field velocity at offset 12 must be at 16, where CDR has it`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChannelProblem<'a> {
    field: Option<&'a [u8]>,
    problem: Problem,
}

impl From<Problem> for ChannelProblem<'_> {
    fn from(problem: Problem) -> Self {
        ChannelProblem { field: None, problem }
    }
}

impl From<&'static str> for ChannelProblem<'_> {
    fn from(what: &'static str) -> Self {
        Problem::said(what).into()
    }
}

impl ChannelProblem<'_> {
    pub(crate) fn write(&self, out: &mut Out<'_>) -> fmt::Result {
        if let Some(name) = self.field {
            out("field ")?;
            // A name that cannot be shown is itself the problem.
            out(text(name).unwrap_or("(not UTF-8)"))?;
            out(": ")?;
        }
        self.problem.write(out)
    }
}

impl fmt::Display for ChannelProblem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(&mut |text| f.write_str(text))
    }
}

impl fmt::Debug for ChannelProblem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for ChannelProblem<'_> {}

/// The bytes as text, if they are UTF-8. Written by hand: `core`'s own function is already compiled, so a sanitizer
/// does not see its reads.
#[inline(never)]
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    let mut rest = bytes.iter();
    while let Some(first) = rest.next() {
        let (more, least) = match first {
            0..=0x7f => continue,
            0xc2..=0xdf => (1, 0x80),
            0xe0..=0xef => (2, 0x800),
            0xf0..=0xf4 => (3, 0x10000),
            _ => return None,
        };
        let mut point = u32::from(first & (0x3f >> more));
        for _ in 0..more {
            let byte = rest.next().filter(|byte| *byte & 0xc0 == 0x80)?;
            point = (point << 6) | u32::from(byte & 0x3f);
        }
        // No longer than necessary, and no half of a surrogate pair.
        char::from_u32(point).filter(|_| point >= least)?;
    }
    // SAFETY: each character was checked.
    Some(unsafe { core::str::from_utf8_unchecked(bytes) })
}

/// Whether ROS 2 accepts it as a member's name: lower-case letters, digits and single underscores between them.
fn is_member_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_lowercase)
        && name.last() != Some(&b'_')
        && name.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_')
        && !name.windows(2).any(|two| two == b"__")
}

/// Whether ROS 2 accepts it as a message's name: `package/msg/Name`, or `package/Name`.
pub(super) fn is_message_name(name: &str) -> bool {
    let name = name.as_bytes();
    let package = name.split(|byte| *byte == b'/').next().unwrap_or_default();
    let Some(message) = name.get(package.len() + 1..) else { return false };
    let message = message.strip_prefix(b"msg/").unwrap_or(message);
    is_member_name(package)
        && message.first().is_some_and(u8::is_ascii_uppercase)
        && message.iter().all(u8::is_ascii_alphanumeric)
}

/// Checks that records of `record_size` bytes with these members are CDR as they lie in memory.
pub(super) fn check<'a>(fields: &[Field<'a>], record_size: u64) -> Result<(), ChannelProblem<'a>> {
    let mut end = 0;
    for (index, field) in fields.iter().enumerate() {
        let wrong = |problem| ChannelProblem { field: Some(field.name()), problem };
        if field.name().is_empty() {
            return Err(Problem::with("field", index as u64, " (the first is 0) has no name").into());
        }
        if !is_member_name(field.name()) {
            return Err(wrong(Problem::said(
                "the name is none that readers of ROS 2 messages take: lower-case letters and digits, a letter first, and single _ between them",
            )));
        }
        if fields.iter().take(index).any(|other| other.name() == field.name()) {
            return Err(wrong(Problem::said("two fields have this name")));
        }
        if field.type_name().is_none() {
            return Err(wrong(Problem::with("type", field.kind.into(), " is none of ALOG_TYPE_*")));
        }
        if field.count == 0 {
            return Err(wrong(Problem::said("count is 0: one value has count 1")));
        }
        let (size, offset) = (field.value_size(), u64::from(field.offset));
        // CDR has each value at the next multiple of its size.
        let place = end + (size - end % size.max(1)) % size.max(1);
        if offset != place {
            let why = if offset < end {
                " overlaps the field before it; fields are listed in the order of their offsets, and this one can be at"
            } else if offset % size.max(1) != 0 {
                " is not a multiple of the type's size; the field can be at"
            } else {
                " leaves bytes before the field that belong to no other; list a field for them, which begins at or before"
            };
            return Err(wrong(Problem::bound("offset", offset, why, place, "")));
        }
        end = place + size * u64::from(field.count);
        if end > record_size {
            return Err(wrong(Problem::bound(
                "its last byte is before",
                end,
                ", beyond a record's",
                record_size,
                " bytes",
            )));
        }
    }
    Ok(())
}

/// Whether there are bytes between fields. Readers skip them.
pub(super) fn has_gaps(fields: &[Field<'_>]) -> bool {
    let mut end = 0;
    fields.iter().any(|field| field.begin() != core::mem::replace(&mut end, field.end()))
}

/// Writes the fields in the words of ROS 2: one line for each, such as `float64[3] position`.
pub(super) fn write_schema(fields: &[Field<'_>], write: &mut dyn FnMut(&[u8])) {
    for field in fields {
        write(field.type_name().unwrap_or_default().as_bytes());
        if field.count > 1 {
            let _ = say(
                &mut |text| {
                    write(text.as_bytes());
                    Ok(())
                },
                "[#]",
                &[field.count.into()],
            );
        }
        write(b" ");
        write(field.name());
        write(b"\n");
    }
}

/// The members of values of type `T`. Made by [`fields!`](crate::fields), which checks that they are members.
pub struct Fields<T: 'static> {
    pub(super) list: &'static [Field<'static>],
    of: PhantomData<fn(T)>,
}

impl<T> Clone for Fields<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Fields<T> {}

impl<T> fmt::Debug for Fields<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list).finish()
    }
}

impl<T> Fields<T> {
    /// For [`fields!`](crate::fields).
    ///
    /// # Safety
    /// Each field is a member of `T` with its offset.
    #[doc(hidden)]
    pub const unsafe fn of(list: &'static [Field<'static>]) -> Fields<T> {
        Fields { list, of: PhantomData }
    }
}

/// A number, or an array of numbers: the type of a member of a record that is written by its fields.
///
/// # Safety
/// A value is `COUNT` values of type `TYPE`, one behind the other, each of whose bytes is initialised.
pub unsafe trait FieldValue {
    /// The type of one value.
    const TYPE: FieldType;
    /// How many values there are.
    const COUNT: u32;
}

macro_rules! values {
    ($($type:ty => $kind:ident),*) => {$(
        // SAFETY: one value of its own type.
        unsafe impl FieldValue for $type {
            const TYPE: FieldType = FieldType::$kind;
            const COUNT: u32 = 1;
        }
    )*};
}
values!(bool => Bool, i8 => I8, u8 => U8, i16 => I16, u16 => U16, i32 => I32, u32 => U32, i64 => I64, u64 => U64, f32 => F32, f64 => F64);

// SAFETY: an array is its elements, one behind the other.
unsafe impl<V: FieldValue, const N: usize> FieldValue for [V; N] {
    const TYPE: FieldType = V::TYPE;
    const COUNT: u32 = {
        assert!(N <= u32::MAX as usize, "an array has at most 2^32 - 1 values");
        V::COUNT * N as u32
    };
}

/// For [`fields!`](crate::fields): the field of a member. The function that names the member gives its type.
#[doc(hidden)]
pub const fn field_of<T, V: FieldValue>(name: &'static CStr, offset: usize, _member: fn(&T) -> &V) -> Field<'static> {
    assert!(offset <= u32::MAX as usize, "a member begins in the first 4 GiB");
    // A member with the name of a keyword, such as `r#type`.
    let name = match name.to_bytes_with_nul() {
        [b'r', b'#', plain @ ..] => match CStr::from_bytes_with_nul(plain) {
            Ok(plain) => plain,
            Err(_) => name,
        },
        _ => name,
    };
    Field::new(name, V::TYPE, offset as u32, V::COUNT)
}

/// The members of a struct as [`Fields`], by their names: `fields!(Tick: time, position, flags)`.
///
/// List them in the order in which they lie in memory, which is the declared order with `#[repr(C)]`. Each is a number
/// or an array of numbers.
///
/// ```
/// use atomic_log::{AtomicLog, Channel, Fields, Recorder, fields};
///
/// #[repr(C)]
/// struct Tick {
///     time: u64,
///     price: f64,
///     size: u32,
/// }
/// const TICK: Fields<Tick> = fields!(Tick: time, price, size);
///
/// let (mut writer, log) = AtomicLog::new_claimed(1024, 256);
/// writer.append(Tick { time: 1, price: 17.25, size: 100 })?;
///
/// let mut recorder = Recorder::new();
/// recorder.add(&log, Channel::new("/ticks", "market/msg/Tick").time_offset(0), TICK).expect("it is a message");
/// let mut file = Vec::new();
/// let recording = recorder.write(|bytes| Ok::<_, std::convert::Infallible>(file.extend_from_slice(bytes))).unwrap();
/// assert_eq!(recording.records, 1);
/// # Ok::<(), atomic_log::Error>(())
/// ```
#[macro_export]
macro_rules! fields {
    ($type:ty: $($member:ident),+ $(,)?) => {{
        const LIST: &[$crate::Field<'static>] = &[$($crate::recorder::field_of::<$type, _>(
            match ::core::ffi::CStr::from_bytes_with_nul(::core::concat!(::core::stringify!($member), "\0").as_bytes()) {
                ::core::result::Result::Ok(name) => name,
                ::core::result::Result::Err(_) => ::core::unreachable!(),
            },
            ::core::mem::offset_of!($type, $member),
            |value| &value.$member,
        )),+];
        // SAFETY: each is a member, with its offset.
        unsafe { $crate::Fields::<$type>::of(LIST) }
    }};
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::text;

    #[test]
    fn texts_are_those_of_the_standard_library() {
        // Each first two bytes, with each length and kind of what follows.
        let tails: [&[u8]; 9] =
            [b"", b"\x80", b"\xbf", b"a", b"\x80\x80", b"\xbf\xbf", b"\x80a", b"\x80\x80\x80", b"\xbf\xbf\xc0"];
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                for tail in tails {
                    let bytes = [&[first, second], tail].concat();
                    assert_eq!(text(&bytes), core::str::from_utf8(&bytes).ok(), "{bytes:?}");
                }
            }
        }
        assert_eq!(text(b""), Some(""));
    }

    #[test]
    fn a_member_that_is_called_as_a_word_of_the_language_has_that_name() {
        #[repr(C)]
        #[allow(dead_code, reason = "its layout is what counts")]
        struct Named {
            r#type: u64,
            plain: [[u8; 3]; 2],
        }
        let fields: crate::Fields<Named> = crate::fields!(Named: r#type, plain);
        assert_eq!(std::format!("{fields:?}"), "[Field(type, uint64[1] at 0), Field(plain, uint8[6] at 8)]");
    }
}
