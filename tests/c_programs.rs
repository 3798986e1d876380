//! The C programs `c-tests/test_*.c` hold against the shared library that cargo built for this test, so that whatever looks
//! at the Rust tests (mutants, coverage) sees what C proves. `make c-test` runs them against the release build, and more.
//!
//! They load the library, so that only a change of their own makes the compiler work.
#![cfg(all(not(loom), feature = "capi", target_os = "linux"))]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What a program ends with where the machine lacks what it is about.
const SKIPPED: i32 = 77;
const PATIENCE: Duration = Duration::from_secs(60);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn modified(path: &Path) -> SystemTime {
    let time = path.metadata().and_then(|metadata| metadata.modified());
    time.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(directory: &str, prefix: &str, suffix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(directory)).expect("it can be listed");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let named = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(prefix) && name.ends_with(suffix))
    };
    let mut paths: Vec<PathBuf> = paths.filter(named).collect();
    paths.sort();
    paths
}

/// Copies the library to where the programs look for it, under the name that they load, and keeps it from builds that go on
/// meanwhile.
///
/// Cargo made it and the Rust library of this test by one run of the compiler, before it linked the test: it lies beside
/// the test. If it is newer than the test, another build has put its own there.
fn copy_library(directory: &Path) {
    let test = std::env::current_exe().expect("the test has a path");
    let library = test.with_file_name("libatomic_log.so");
    assert!(modified(&library) <= modified(&test), "{} is not of this build: run cargo test again", library.display());
    for name in ["libatomic_log.so", "libatomic_log.so.0"] {
        // Not over the old one, which may be in use.
        let new = directory.join(format!("{name}.new"));
        std::fs::copy(&library, &new).expect("the target directory can be written");
        std::fs::rename(&new, directory.join(name)).expect("the target directory can be written");
    }
}

/// The command that compiles and links a program, unless it is newer than whatever it is made of.
fn compiler(source: &Path, program: &Path, newest_input: SystemTime) -> Option<Command> {
    if program.exists() && modified(program) > newest_input.max(modified(source)) {
        return None;
    }
    let mut compiler = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compiler.args(["-std=c11", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]);
    compiler.arg("-D_POSIX_C_SOURCE=200809L").arg("-I").arg(root().join("include"));
    if cfg!(feature = "checked") {
        compiler.arg("-DALOG_TEST_CHECKED");
    }
    let directory = program.parent().expect("it lies in a directory");
    compiler.arg(source).arg("-L").arg(directory).args(["-latomic_log", "-lpthread", "-ldl", "-lm"]);
    compiler.arg(format!("-Wl,-rpath,{}", directory.display())).arg("-o").arg(program);
    Some(compiler)
}

/// How the command ended, and what it said, if that is not well.
fn run(command: &mut Command, log: &Path) -> Result<(), String> {
    let output = File::create(log).expect("the target directory can be written");
    command.stdout(output.try_clone().expect("a file can be shared")).stderr(output);
    let mut child = command.spawn().map_err(|error| format!("{command:?} does not run: {error}"))?;
    let ended = wait(&mut child)?;
    if ended.success() || ended.code() == Some(SKIPPED) {
        return Ok(());
    }
    let said = std::fs::read(log).unwrap_or_default();
    Err(format!("{command:?} ended with {ended}\n{}", String::from_utf8_lossy(&said)))
}

fn wait(child: &mut Child) -> Result<std::process::ExitStatus, String> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(2)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("not done after {PATIENCE:?}"));
            }
            Err(error) => return Err(format!("cannot be waited for: {error}")),
        }
    }
}

/// Compiles and runs those programs whose source is wanted.
fn hold(wanted: impl Fn(&str) -> bool) {
    let profile = std::env::current_exe().expect("the test has a path");
    let profile = profile.ancestors().nth(2).expect("it lies in the target directory");
    let directory = profile.join(if cfg!(feature = "checked") { "c-programs-checked" } else { "c-programs" });
    std::fs::create_dir_all(&directory).expect("the target directory can be written");
    copy_library(&directory);

    let mut sources = files("c-tests", "test_", ".c");
    // One has only to compile, and one is about checked builds.
    sources.retain(|path| cfg!(feature = "checked") || !path.ends_with("test_checked.c"));
    sources.retain(|path| {
        let source = std::fs::read_to_string(path).expect("it can be read");
        source.contains("int main(") && wanted(&source)
    });
    assert!(!sources.is_empty(), "there is no such program in c-tests");
    let inputs = [files("c-tests", "", ".h"), files("include", "", ".h"), vec![root().join("tests/c_programs.rs")]];
    let newest_input = inputs.iter().flatten().map(|path| modified(path)).max().expect("there is a header");

    let next = AtomicUsize::new(0);
    let work = || {
        let mut failures = Vec::new();
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            let name = source.file_stem().expect("it has a name");
            let program = directory.join(name);
            let log = program.with_extension("log");
            let compiled = match compiler(source, &program, newest_input) {
                Some(mut command) => run(&mut command, &log),
                None => Ok(()),
            };
            if let Err(failure) = compiled.and_then(|()| run(&mut Command::new(&program), &log)) {
                failures.push(format!("{}: {failure}", name.display()));
            }
        }
        failures
    };
    let failures: Vec<String> = thread::scope(|scope| {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    assert!(failures.is_empty(), "{} of {} C programs failed\n{}", failures.len(), sources.len(), failures.join("\n"));
}

fn starts_threads(source: &str) -> bool {
    source.contains("pthread_create")
}

#[test]
fn c_programs_of_one_thread_hold() {
    hold(|source| !starts_threads(source));
}

#[test]
#[ignore = "they wait for seconds: `make mutants` and `make coverage` run them"]
fn c_programs_of_several_threads_hold() {
    hold(starts_threads);
}
