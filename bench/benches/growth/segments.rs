//! The number of segments, and the number of snapshots that hold old ones.

use std::hint::black_box;
use std::sync::atomic::AtomicU64;

use atomic_log::{AtomicLog, Snapshot, Writer};
use atomic_log_bench::controls;
use atomic_log_bench::ratio::Bench;

use crate::OURS;

const SEGMENTS: [usize; 9] = [2, 4, 16, 64, 256, 1024, 4096, 16384, 65536];
const STUCK: [usize; 5] = [0, 1, 10, 100, 1000];

pub fn measure(bench: &mut Bench) {
    for segments in SEGMENTS {
        rolls(bench, segments);
    }
    for segments in SEGMENTS {
        snapshots(bench, segments);
    }
    for segments in SEGMENTS {
        refreshes(bench, segments);
    }
    for count in STUCK {
        stuck(bench, count);
    }
}

/// A log with this many segments that has gone round once. A segment holds one value, so each append rolls.
fn warm(segments: usize) -> (Writer<u64>, AtomicLog<u64>) {
    let (mut writer, log) = AtomicLog::new_claimed(segments - 1, 1);
    for value in 0..segments as u64 + 8 {
        writer.append(value).expect("there is memory");
    }
    (writer, log)
}

/// A roll and the refresh that crosses it, against a pin.
fn rolls(bench: &mut Bench, segments: usize) {
    let count = AtomicU64::new(1);
    let (mut writer, log) = warm(segments);
    let mut view = log.snapshot();
    bench.compare(&format!("growth/roll/{segments}"), OURS, 512, controls::pins(&count), |times| {
        for value in 0..times {
            let _ = writer.append(black_box(value));
            black_box(view.refresh());
        }
    });
}

fn snapshots(bench: &mut Bench, segments: usize) {
    let count = AtomicU64::new(1);
    let (_writer, log) = warm(segments);
    bench.compare(&format!("growth/snapshot/{segments}"), OURS, 1024, controls::pins(&count), |times| {
        for _ in 0..times {
            black_box(log.snapshot());
        }
    });
}

/// Several views lag by one roll, and only their refreshes are timed.
fn refreshes(bench: &mut Bench, segments: usize) {
    const VIEWS: usize = 256;
    let count = AtomicU64::new(1);
    let (mut writer, log) = warm(segments);
    let mut views: Vec<Snapshot<u64>> = (0..VIEWS).map(|_| log.snapshot()).collect();
    bench.compare_prepared(
        &format!("growth/refresh/{segments}"),
        OURS,
        VIEWS as u64,
        controls::pins(&count),
        || writer.append(1).expect("there is memory"),
        |times| {
            for view in &mut views[..times as usize] {
                black_box(view.refresh());
            }
        },
    );
}

/// One segment of appends, one of which rolls. The subject is a log in which `count` old views are held, each one roll
/// older than the next. The control is a log in which none is held.
fn stuck(bench: &mut Bench, count: usize) {
    const SEGMENT: u64 = 16;
    let make = || AtomicLog::<u64>::new_claimed(16 * SEGMENT as usize, SEGMENT as usize);
    let roll = |writer: &mut Writer<u64>| {
        for value in 0..SEGMENT {
            let _ = writer.append(black_box(value));
        }
    };
    let (mut free, _free_log) = make();
    let (mut writer, log) = make();
    let views: Vec<Snapshot<u64>> = (0..count)
        .map(|_| {
            roll(&mut writer);
            log.snapshot()
        })
        .collect();
    for _ in 0..64 {
        roll(&mut free);
        roll(&mut writer);
    }
    bench.compare(
        &format!("growth/stuck/{count}"),
        OURS,
        128,
        |times| (0..times).for_each(|_| roll(&mut free)),
        |times| (0..times).for_each(|_| roll(&mut writer)),
    );
    drop(views);
}
