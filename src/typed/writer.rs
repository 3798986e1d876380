//! The writer of a log of values.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::copy_nonoverlapping;

use super::chunk::Values;
use crate::raw::{CoreRef, Geometry, RawWriter, Savepoint};
use crate::{AppendError, Error};

/// The one writer of an [`AtomicLog`](crate::AtomicLog).
///
/// Dropping it gives the claim back; the log and its values stay, and another writer may go on. It may move between
/// threads.
pub struct Writer<T> {
    pub(super) raw: RawWriter,
    values: Values<T>,
}

// SAFETY: the writer's thread drops values that others appended (`Send`), while others read them (`Sync`).
unsafe impl<T: Send + Sync> Send for Writer<T> {}
// SAFETY: a shared writer gives the log, and numbers.
unsafe impl<T: Send + Sync> Sync for Writer<T> {}

impl<T> Writer<T> {
    /// Of a log of values of type `T`.
    pub(super) fn claim(core: &CoreRef) -> Result<Writer<T>, Error> {
        Ok(Writer { raw: RawWriter::claim(core)?, values: PhantomData })
    }

    /// Appends a value and publishes it: every snapshot taken or refreshed from now on shows it. Wait-free, and a
    /// handful of instructions. Where a new segment begins, it also takes in what readers let go, and drops the values
    /// in it. It allocates if that brought nothing.
    ///
    /// # Errors
    /// [`Error::NoMemory`], or [`Error::SegmentLimit`] if there is a bound; the value comes back, and nothing has
    /// changed.
    #[inline]
    pub fn append(&mut self, value: T) -> Result<(), AppendError<T>> {
        if Geometry::is_large::<T>() {
            return self.append_large(value);
        }
        if !Geometry::has_scratch_slot::<T>() && !self.raw.has_slot() {
            return self.append_slow(value);
        }
        // A small value is written before there is known to be room: else the compiler would put it to the stack first,
        // for the sake of the slow path, and the fast one would wait for these stores.
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

    /// As `append`. No function gets the value by reference, not even in the slow path: where its parts are known, the
    /// compiler then constructs it in the slot. Else it would have to lie on the stack first, and be copied from there,
    /// which waits for these stores, and they for those of the value before.
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

    /// Appends the value in the slot, which is not to stay there.
    ///
    /// # Safety
    /// There is one, and it is not used again.
    #[cold]
    #[inline(never)]
    unsafe fn append_again(&mut self) -> Result<(), AppendError<T>> {
        // SAFETY: there is a value in the slot, which is moved out: the slot is not read again.
        self.append_slow(unsafe { self.raw.hot.slot.cast::<T>().read() })
    }

    /// As [`Writer::append`] of what `make` returns, which is constructed where it stays: for values that are too large
    /// to be moved for nothing.
    ///
    /// # Errors
    /// As [`Writer::append`]; `make` was not called then. If it panics, nothing has changed.
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

    /// Appends all values, and publishes them at one instant: no view ever shows only some. Returns how many they were.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than a view can show, [`Error::NoMemory`], [`Error::SegmentLimit`]; nothing was
    /// appended then, and what was taken from the iterator is dropped. The same if the iterator panics.
    pub fn append_batch<I: IntoIterator<Item = T>>(&mut self, values: I) -> Result<usize, Error> {
        let values = values.into_iter();
        let surely = values.size_hint().0;
        if surely > 1 && !self.raw.has_slots(surely) {
            // What cannot be had is refused before anything is taken for it.
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

    /// As [`Writer::append_batch`], by copying.
    ///
    /// # Errors
    /// As [`Writer::append_batch`].
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
        // SAFETY: as many slots are free and laid out for a `T`, which is `Copy`.
        unsafe {
            copy_nonoverlapping(values.as_ptr(), self.raw.hot.slot.cast::<T>(), values.len());
            self.raw.advance_by(size_of_val(values), values.len() as u64);
        }
        Ok(values.len())
    }

    /// Opens a group: what is appended to it becomes visible at one instant, with [`Group::publish`], however many
    /// segments it spans; or never, if the group is dropped.
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
            // A guard was leaked, and with it the group stayed open: that one is abandoned.
            let _ = self.raw.abandon_group();
            let _ = self.raw.begin_group();
        }
        Group { writer: self }
    }

    /// Goes on at a later sequence: the next value has exactly this one. What was retained leaves the log's view at
    /// once, so no view shows values from both sides; views that were taken before stay what they are. A refresh across
    /// it counts what was skipped, and what went unseen with it, as lost, and a wait returns. A log that is empty
    /// begins there. To the next sequence: nothing happens.
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
    /// [`Error::Argument`] backwards, or so far that no segment fits behind it; [`Error::State`] while a group is open
    /// that was leaked; [`Error::NoMemory`] or [`Error::SegmentLimit`], since the log goes on in another segment.
    /// Nothing has changed then.
    pub fn skip_to(&mut self, sequence: u64) -> Result<(), Error> {
        self.raw.try_skip_to(sequence)
    }

    /// Wakes each thread that waits for something new; publishing alone wakes nobody, unless the log notifies of itself
    /// ([`Options::auto_notify`](crate::Options::auto_notify)). No system call if nobody waits.
    pub fn notify(&self) {
        self.raw.notify();
    }

    /// Gives pooled segments back to the allocator. Beside what readers hold, there stay as many as plain appends need
    /// or were preallocated: K + 1, or more. Windows stay until the log goes: 256 bytes for each that was ever held at
    /// once.
    pub fn trim(&mut self) {
        self.raw.trim();
    }

    /// Sequence of the next value; an open group's values count.
    pub fn next_sequence(&self) -> u64 {
        self.raw.next_sequence()
    }

    /// What stays readable at least, as given: values.
    pub fn retained_capacity(&self) -> usize {
        self.raw.geometry().options.retained_capacity as usize
    }

    /// What a segment holds, as given: values.
    pub fn segment_capacity(&self) -> usize {
        self.raw.geometry().options.segment_capacity as usize
    }

    /// Ends the log: no other writer may come, and readers who have read everything are told so
    /// ([`Wait::Finished`](crate::Wait::Finished)) instead of sleeping. An open group is abandoned. What is retained
    /// stays readable.
    pub fn finish(mut self) {
        self.raw.finish();
    }
}

/// Writes a value, and those that follow, to the slots that are left, and adds how many to `count`. Says which value
/// found none.
///
/// # Safety
/// There is a slot, and it is laid out for a `T`.
#[inline]
unsafe fn fill<T>(
    raw: &mut RawWriter,
    mut value: T,
    values: &mut impl Iterator<Item = T>,
    count: &mut usize,
) -> Option<T> {
    /// Moves on behind what was written, also if the iterator panics: who undoes the batch drops it then.
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
    // How many is counted here: the writer's own fields would have to be stored for each value, and loaded again.
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

/// Closes the room again that was made for a value, if its making panics.
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

/// An open group of a [`Writer`]: published as one, or abandoned when dropped. One that is leaked stays open, and what
/// is appended afterwards belongs to it, until the next [`Writer::group`] abandons it.
#[must_use = "a group that is dropped is abandoned"]
pub struct Group<'w, T> {
    writer: &'w mut Writer<T>,
}

impl<T> Group<'_, T> {
    /// Adds a value to the group. Nobody sees it yet.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the group with it would not fit in a view, [`Error::NoMemory`], [`Error::SegmentLimit`];
    /// the value comes back, and the group stays open with what it had.
    #[inline]
    pub fn append(&mut self, value: T) -> Result<(), AppendError<T>> {
        self.writer.append(value)
    }

    /// Adds what `make` returns to the group, constructed where it stays.
    ///
    /// # Errors
    /// As [`Group::append`]; `make` was not called then. If it panics, the group stays as it was.
    #[inline]
    pub fn append_with(&mut self, make: impl FnOnce() -> T) -> Result<(), Error> {
        self.writer.append_with(make)
    }

    /// Adds all values to the group, or none.
    ///
    /// # Errors
    /// As [`Writer::append_batch`]; the group stays open with what it had.
    pub fn append_batch<I: IntoIterator<Item = T>>(&mut self, values: I) -> Result<usize, Error> {
        self.writer.append_batch(values)
    }

    /// As [`Group::append_batch`], by copying.
    ///
    /// # Errors
    /// As [`Writer::append_batch`]; the group stays open with what it had.
    pub fn append_slice(&mut self, values: &[T]) -> Result<usize, Error>
    where
        T: Copy,
    {
        self.writer.append_slice(values)
    }

    /// Makes all of the group visible at one instant. Cannot fail: all memory is secured. An empty group publishes
    /// nothing.
    pub fn publish(self) {
        // It is open, and was checked when it was filled.
        let _ = self.writer.raw.publish_group();
        core::mem::forget(self);
    }

    /// Forgets the group; its values are dropped here, and with them what the last roll evicted.
    pub fn abandon(self) {}

    /// Sequence of the next value.
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
