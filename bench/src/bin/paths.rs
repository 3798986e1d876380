//! One function for each path of the Rust surface. `scripts/instructions.sh` counts their instructions. Each does its
//! operation `TIMES` times, on a log that is warm. `paths NAME` runs one; `paths` lists them.

use std::hint::black_box;

use atomic_log::{AtomicLog, ByteLog, ByteWriter, Cursor, Options, Snapshot, Writer};

/// How often each path does its operation. 4096 records fill four segments, so rolls are in the count.
const TIMES: u64 = 4096;
const SEGMENT: usize = 1024;

fn warm<T: Clone>(value: T) -> (Writer<T>, AtomicLog<T>) {
    let (mut writer, log) = AtomicLog::new_claimed(16 * SEGMENT, SEGMENT);
    for _ in 0..20 * SEGMENT {
        assert!(writer.append(value.clone()).is_ok());
    }
    (writer, log)
}

macro_rules! path {
    ($name:ident($($argument:ident: $type:ty),*) $body:block) => {
        #[unsafe(no_mangle)]
        #[inline(never)]
        extern "Rust" fn $name($($argument: $type),*) $body
    };
}

path!(path_append_8(writer: &mut Writer<u64>) {
    for value in 0..TIMES {
        black_box(writer.append(black_box(value)).is_ok());
    }
});
path!(path_append_64(writer: &mut Writer<[u64; 8]>) {
    for value in 0..TIMES {
        black_box(writer.append([black_box(value); 8]).is_ok());
    }
});
path!(path_roll(writer: &mut Writer<u64>) {
    for value in 0..TIMES {
        black_box(writer.append(value).is_ok());
    }
});
path!(path_append_slice_64(writer: &mut Writer<[u64; 8]>, records: &[[u64; 8]]) {
    for _ in 0..TIMES / 256 {
        black_box(writer.append_slice(records).is_ok());
    }
});
path!(path_append_batch_64(writer: &mut Writer<[u64; 8]>) {
    for _ in 0..TIMES / 256 {
        black_box(writer.append_batch((0..256).map(|value| [value; 8])).is_ok());
    }
});
path!(path_group_64(writer: &mut Writer<[u64; 8]>) {
    for _ in 0..TIMES / 256 {
        let mut group = writer.group();
        for value in 0..256 {
            black_box(group.append([black_box(value); 8]).is_ok());
        }
        group.publish();
    }
});
path!(path_append_bytes_40(writer: &mut ByteWriter, record: &[u8]) {
    for _ in 0..TIMES {
        black_box(writer.append(record).is_ok());
    }
});
path!(path_refresh_unchanged(view: &mut Snapshot<u64>) {
    for _ in 0..TIMES {
        black_box(view.refresh());
    }
});
path!(path_append_and_refresh(writer: &mut Writer<u64>, view: &mut Snapshot<u64>) {
    for value in 0..TIMES {
        black_box(writer.append(value).is_ok());
        black_box(view.refresh());
    }
});
path!(path_snapshot_and_drop(log: &AtomicLog<u64>) {
    for _ in 0..TIMES {
        black_box(log.snapshot());
    }
});
path!(path_sum_chunks(view: &Snapshot<u64>) {
    black_box(view.chunks().map(|chunk| chunk.values().iter().sum::<u64>()).sum::<u64>());
});
path!(path_sum_fold(view: &Snapshot<u64>) {
    black_box(view.iter().fold(0, |sum, value| sum ^ value));
});
path!(path_sum_for(view: &Snapshot<u64>) {
    let mut sum = 0;
    for value in view {
        sum += value;
    }
    black_box(sum);
});
path!(path_cursor_follow(writer: &mut Writer<u64>, cursor: &mut Cursor<u64>) {
    for value in 0..TIMES {
        black_box(writer.append(value).is_ok());
        cursor.refresh();
        while let Some(chunk) = cursor.next_chunk() {
            black_box(chunk.values());
        }
    }
});

fn main() {
    let (mut eight, log) = warm(0u64);
    let (mut wide, _) = warm([0u64; 8]);
    let (mut bytes, _bytes_log) =
        ByteLog::try_new_claimed(&Options::new(1 << 20, 1 << 16)).expect("the options are good");
    for _ in 0..40_000 {
        bytes.append(&[7; 40]).expect("there is memory");
    }
    // Each record fills a segment.
    let (mut rolling, _rolling_log) = AtomicLog::new_claimed(16, 1);
    for value in 0..64 {
        rolling.append(value).expect("there is memory");
    }
    let mut view = log.snapshot();
    let mut cursor = log.cursor_at_end();
    let records = [[3u64; 8]; 256];
    let wanted = std::env::args().nth(1);
    macro_rules! paths {
        ($($name:ident($($argument:expr),*) * $times:expr;)*) => {$(
            match wanted.as_deref() {
                None => println!("{} {}", stringify!($name), $times),
                Some(stringify!($name)) => $name($($argument),*),
                Some(_) => {}
            }
        )*};
    }
    paths! {
        path_append_8(&mut eight) * TIMES;
        path_append_64(&mut wide) * TIMES;
        path_roll(&mut rolling) * TIMES;
        path_append_slice_64(&mut wide, &records) * TIMES;
        path_append_batch_64(&mut wide) * TIMES;
        path_group_64(&mut wide) * TIMES;
        path_append_bytes_40(&mut bytes, &[7; 40]) * TIMES;
        path_refresh_unchanged(&mut view) * TIMES;
        path_append_and_refresh(&mut eight, &mut view) * TIMES;
        path_snapshot_and_drop(&log) * TIMES;
        path_sum_chunks(&view) * view.len();
        path_sum_fold(&view) * view.len();
        path_sum_for(&view) * view.len();
        path_cursor_follow(&mut eight, &mut cursor) * TIMES;
    }
}
