//! The writer of a log of values.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::copy_nonoverlapping;

use super::chunk::Values;
use crate::raw::{CoreRef, Geometry, RawWriter, Savepoint};
use crate::{AppendError, Error};

/// The one writer of an [`AtomicLog`](crate::AtomicLog).
///
/// Dropping it gives the claim back. The log and its values stay, and another writer can be claimed. The writer may
/// move from thread to thread.
pub struct Writer<T> {
    pub(super) raw: RawWriter,
    values: Values<T>,
}

// SAFETY: the writer's thread drops values that others appended (`Send`), while others read them (`Sync`).
unsafe impl<T: Send + Sync> Send for Writer<T> {}
// SAFETY: a shared writer gives only the log and numbers.
unsafe impl<T: Send + Sync> Sync for Writer<T> {}

impl<T> Writer<T> {
    /// The writer of a log of values of type `T`.
    pub(super) fn claim(core: &CoreRef) -> Result<Writer<T>, Error> {
        Ok(Writer { raw: RawWriter::claim(core)?, values: PhantomData })
    }

    /// Appends a value and publishes it: every snapshot that is taken or refreshed from now on shows it. Wait-free, in
    /// a handful of instructions. When it begins a segment, it also takes back segments that no reader holds any more,
    /// and drops their values. It allocates only if it begins a segment and the pools are empty.
    ///
    /// # Errors
    /// [`Error::NoMemory`]; [`Error::SegmentLimit`] if there is a limit. The error returns the value, and nothing has
    /// changed.
    #[inline]
    pub fn append(&mut self, value: T) -> Result<(), AppendError<T>> {
        if Geometry::is_large::<T>() {
            return self.append_large(value);
        }
        if !Geometry::has_scratch_slot::<T>() && !self.raw.has_slot() {
            return self.append_slow(value);
        }
        // A small value is written before it is known that there is room. Otherwise the compiler would put it on the
        // stack first, for the slow path, and the fast path would wait for these stores.
        // SAFETY: the slot is free, or the scratch one, and laid out for a `T`.
        unsafe { self.raw.hot.slot.cast::<T>().write(value) };
        if Geometry::has_scratch_slot::<T>() && !self.raw.has_slot() {
            // SAFETY: the value is there, and this is its last use.
            return unsafe { self.append_again() };
        }
        // SAFETY: there is room, and the value is written.
        unsafe { self.raw.advance(size_of::<T>()) };
        Ok(())
    }

    /// Like `append`. No function gets the value by reference, not even in the slow path. So the compiler constructs
    /// the value in the slot, if it knows the value's parts. Otherwise the value would lie on the stack first. The copy
    /// from there would wait for these stores, and they would wait for the stores of the value before.
    #[inline(always)]
    fn append_large(&mut self, value: T) -> Result<(), AppendError<T>> {
        let had_slot = self.raw.has_slot();
        if !had_slot {
            if let Err(refusal) = self.raw.make_room(0) {
                return Err(AppendError { value, error: refusal.into() });
            }
        }
        // SAFETY: the slot is free, and laid out for a `T`.
        unsafe { self.raw.hot.slot.cast::<T>().write(value) };
        if had_slot {
            // SAFETY: there was room, and the value is written.
            unsafe { self.raw.advance(size_of::<T>()) };
        } else {
            self.raw.step(size_of::<T>());
        }
        Ok(())
    }

    /// Appends the value in the scratch slot, where it cannot stay.
    ///
    /// # Safety
    /// The slot holds a value, which is not used again.
    #[cold]
    #[inline(never)]
    unsafe fn append_again(&mut self) -> Result<(), AppendError<T>> {
        // SAFETY: there is a value in the slot, which is moved out: the slot is not read again.
        self.append_slow(unsafe { self.raw.hot.slot.cast::<T>().read() })
    }

    /// Appends what `make` returns, like [`Writer::append`]. The value is constructed where it stays. Use this for
    /// values that are too large to move without need.
    ///
    /// # Errors
    /// The same as [`Writer::append`]; then `make` was not called. If `make` panics, nothing has changed.
    #[inline]
    pub fn append_with(&mut self, make: impl FnOnce() -> T) -> Result<(), Error> {
        if !self.raw.has_slot() {
            return self.append_with_slow(make);
        }
        // SAFETY: the slot is free and laid out for a `T`. The value is whole before the index moves.
        unsafe {
            self.raw.hot.slot.cast::<T>().write(make());
            self.raw.advance(size_of::<T>());
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn append_with_slow(&mut self, make: impl FnOnce() -> T) -> Result<(), Error> {
        let start = self.raw.savepoint();
        self.raw.make_room(0)?;
        let undo = Undo { raw: &mut self.raw, start };
        // SAFETY: there is room now.
        unsafe { undo.raw.hot.slot.cast::<T>().write(make()) };
        core::mem::forget(undo);
        self.raw.step(size_of::<T>());
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn append_slow(&mut self, value: T) -> Result<(), AppendError<T>> {
        if let Err(refusal) = self.raw.make_room(0) {
            return Err(AppendError { value, error: refusal.into() });
        }
        // SAFETY: there is room now.
        unsafe { self.raw.hot.slot.cast::<T>().write(value) };
        self.raw.step(size_of::<T>());
        Ok(())
    }

    /// Appends all values, and publishes them at one instant: no view ever shows only some of them. Returns how many
    /// values were appended.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than a view can show; [`Error::NoMemory`]; [`Error::SegmentLimit`]. Then nothing
    /// was appended, and what was taken from the iterator is dropped. The same happens if the iterator panics.
    pub fn append_batch<I: IntoIterator<Item = T>>(&mut self, values: I) -> Result<usize, Error> {
        let values = values.into_iter();
        let surely = values.size_hint().0;
        if surely > 1 && !self.raw.has_slots(surely) {
            // A batch that cannot succeed is refused before anything is taken from the iterator.
            self.raw.secure_batch(surely as u64)?;
        }
        Ok(self.raw.atomically(|raw| {
            let mut values = values;
            let (mut count, mut next) = (0, values.next());
            while let Some(value) = next {
                if !raw.has_slot() {
                    raw.make_room(0)?;
                }
                // SAFETY: there is a slot.
                next = unsafe { fill(raw, value, &mut values, &mut count) };
            }
            Ok(count)
        })?)
    }

    /// Like [`Writer::append_batch`], but copies the values.
    ///
    /// # Errors
    /// The same as [`Writer::append_batch`].
    #[inline]
    pub fn append_slice(&mut self, values: &[T]) -> Result<usize, Error>
    where
        T: Copy,
    {
        if !self.raw.has_slots(values.len()) {
            // SAFETY: the values are readable, and `Copy`.
            unsafe { self.raw.append_fixed_batch(values.as_ptr().cast(), values.len())? };
            return Ok(values.len());
        }
        // SAFETY: `values.len()` slots are free and laid out for a `T`, which is `Copy`.
        unsafe {
            copy_nonoverlapping(values.as_ptr(), self.raw.hot.slot.cast::<T>(), values.len());
            self.raw.advance_by(size_of_val(values), values.len() as u64);
        }
        Ok(values.len())
    }

    /// Opens a group. What is appended to it becomes visible at one instant, with [`Group::publish`], however many
    /// segments it spans. If the group is dropped, it never becomes visible.
    ///
    /// ```
    /// # use atomic_log::AtomicLog;
    /// let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    /// let mut tick = writer.group();
    /// for entity in 0..6 {
    ///     tick.append(entity)?;
    /// }
    /// assert!(log.snapshot().is_empty());
    /// tick.publish();
    /// assert_eq!(log.snapshot().latest(), 0..6);
    /// # Ok::<(), atomic_log::Error>(())
    /// ```
    pub fn group(&mut self) -> Group<'_, T> {
        if self.raw.begin_group().is_err() {
            // A guard was leaked, so its group is still open: that group is abandoned.
            let _ = self.raw.abandon_group();
            let _ = self.raw.begin_group();
        }
        Group { writer: self }
    }

    /// Continues at a later sequence: the next value has exactly this sequence. The retained values leave the log's
    /// newest view at once. If the next value already has this sequence, nothing happens.
    ///
    /// No view shows values from both sides. Older views stay as they are. A refresh across the gap counts as lost what
    /// was skipped, and what was not yet seen before it. A wait ends. An empty log then begins at this sequence.
    ///
    /// ```
    /// # use atomic_log::AtomicLog;
    /// let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    /// writer.append(7)?;
    /// let mut view = log.snapshot();
    /// writer.skip_to(1000)?;
    /// writer.append(8)?;
    /// assert_eq!(log.range(), 1000..1001);
    /// assert_eq!(view.get(0), Some(&7));
    /// assert_eq!(view.refresh().lost, 999);
    /// # Ok::<(), atomic_log::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] if the sequence is lower than the next one, or so high that no segment fits after it;
    /// [`Error::State`] if a group that was leaked is open; [`Error::NoMemory`] or [`Error::SegmentLimit`], because it
    /// begins a segment. Then nothing has changed.
    pub fn skip_to(&mut self, sequence: u64) -> Result<(), Error> {
        self.raw.try_skip_to(sequence)
    }

    /// Wakes all threads that wait for something new. Publishing alone wakes no thread, unless the log has
    /// [`Options::auto_notify`](crate::Options::auto_notify). It makes no system call if no thread waits.
    pub fn notify(&self) {
        self.raw.notify();
    }

    /// Gives pooled segments back to the allocator. These stay: what readers hold; and K + 1 segments, or the
    /// preallocated ones if these are more. Windows stay, too, until the log ends: 256 bytes for each that was ever
    /// held at once.
    pub fn trim(&mut self) {
        self.raw.trim();
    }

    /// The sequence that the next value will have. Values of an open group count.
    pub fn next_sequence(&self) -> u64 {
        self.raw.next_sequence()
    }

    /// Minimum history kept readable, in values, as given in the options.
    pub fn retained_capacity(&self) -> usize {
        self.raw.geometry().options.retained_capacity as usize
    }

    /// Size of one segment, in values, as given in the options.
    pub fn segment_capacity(&self) -> usize {
        self.raw.geometry().options.segment_capacity as usize
    }

    /// Ends the log for good: no other writer can be claimed. A wait of a reader that has read everything then returns
    /// [`Wait::Finished`](crate::Wait::Finished) and does not sleep. An open group is abandoned. The retained values
    /// stay readable.
    pub fn finish(mut self) {
        self.raw.finish();
    }
}

/// Writes a value and those that follow to the slots that are left, and adds their number to `count`. Returns the value
/// that found no slot.
///
/// # Safety
/// There is a free slot, and it is laid out for a `T`.
#[inline]
unsafe fn fill<T>(
    raw: &mut RawWriter,
    mut value: T,
    values: &mut impl Iterator<Item = T>,
    count: &mut usize,
) -> Option<T> {
    /// Moves on behind what was written, also if the iterator panics: then the code that undoes the batch drops it.
    struct Written<'w, T> {
        raw: &'w mut RawWriter,
        values: usize,
        of: PhantomData<T>,
    }
    impl<T> Drop for Written<'_, T> {
        #[inline(always)]
        fn drop(&mut self) {
            self.raw.skip(self.values * size_of::<T>(), self.values as u64);
        }
    }
    let (slot, left) = (raw.hot.slot.cast::<T>(), (raw.hot.limit - raw.hot.word) as usize);
    // The values are counted here: the writer's own fields would be stored for each value, and loaded again.
    let mut written = Written::<T> { raw, values: 0, of: PhantomData };
    let next = loop {
        // SAFETY: the slot is free: fewer than are left were written. The value is whole before the index moves.
        unsafe { slot.wrapping_add(written.values).write(value) };
        written.values += 1;
        match values.next() {
            Some(next) if written.values < left => value = next,
            next => break next,
        }
    };
    *count += written.values;
    next
}

/// Closes the room that was made for a value, if the closure that makes the value panics.
struct Undo<'w> {
    raw: &'w mut RawWriter,
    start: Savepoint,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        self.raw.close_room(self.start);
    }
}

impl<T> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("next_sequence", &self.next_sequence()).finish()
    }
}

/// An open group of a [`Writer`]. It is published as a whole, or abandoned when it is dropped. A group that is leaked
/// stays open: what is appended afterwards belongs to it, until the next [`Writer::group`] abandons it.
#[must_use = "a group that is dropped is abandoned"]
pub struct Group<'w, T> {
    writer: &'w mut Writer<T>,
}

impl<T> Group<'_, T> {
    /// Adds a value to the group. No reader sees it before the group is published.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the group would no longer fit in a view; [`Error::NoMemory`]; [`Error::SegmentLimit`].
    /// The error returns the value, and the group stays open with what it had.
    #[inline]
    pub fn append(&mut self, value: T) -> Result<(), AppendError<T>> {
        self.writer.append(value)
    }

    /// Adds what `make` returns to the group. The value is constructed where it stays.
    ///
    /// # Errors
    /// The same as [`Group::append`]; then `make` was not called. If `make` panics, the group stays as it was.
    #[inline]
    pub fn append_with(&mut self, make: impl FnOnce() -> T) -> Result<(), Error> {
        self.writer.append_with(make)
    }

    /// Adds all values to the group, or none.
    ///
    /// # Errors
    /// The same as [`Writer::append_batch`]; the group stays open with what it had.
    pub fn append_batch<I: IntoIterator<Item = T>>(&mut self, values: I) -> Result<usize, Error> {
        self.writer.append_batch(values)
    }

    /// Like [`Group::append_batch`], but copies the values.
    ///
    /// # Errors
    /// The same as [`Writer::append_batch`]; the group stays open with what it had.
    pub fn append_slice(&mut self, values: &[T]) -> Result<usize, Error>
    where
        T: Copy,
    {
        self.writer.append_slice(values)
    }

    /// Makes the whole group visible at one instant. It cannot fail: all memory is secured. An empty group publishes
    /// nothing.
    pub fn publish(self) {
        // The group is open, and each append checked that it fits.
        let _ = self.writer.raw.publish_group();
        core::mem::forget(self);
    }

    /// Drops the group. No reader ever sees its values. They are dropped here, and with them what the last roll
    /// evicted.
    pub fn abandon(self) {}

    /// The sequence that the next value will have.
    pub fn next_sequence(&self) -> u64 {
        self.writer.next_sequence()
    }
}

impl<T> fmt::Debug for Group<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("next_sequence", &self.next_sequence()).finish()
    }
}

impl<T> Drop for Group<'_, T> {
    fn drop(&mut self) {
        let _ = self.writer.raw.abandon_group();
    }
}
