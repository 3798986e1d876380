//! The C programs `c-tests/test_*.c` pass against the shared library, built for this test. So tools that look at the
//! Rust tests (mutants, coverage) see what C proves. `make c-test` runs the programs against the release build, and
//! more.
//!
//! They load the library, so the compiler works only when a program itself changes.
#![cfg(all(not(loom), feature = "capi", target_os = "linux"))]

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

mod common {
    pub(crate) mod c_library;
}

use common::c_library::{self, root};

/// The exit status of a program where the machine lacks what it tests.
const SKIPPED: i32 = 77;
const PATIENCE: Duration = Duration::from_secs(300);

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

/// What the header's comments promise, which test_boundary.c reads.
fn read_comments(directory: &Path, inputs: u64) {
    let functions = directory.join("boundary_functions.h");
    if made_of(&functions, inputs) {
        return;
    }
    let mut python = Command::new("python3");
    python.arg(root().join("c-tests/boundary.py")).arg("--header").arg(root().join("include/atomic_log.h"));
    // The other test may do the same.
    let new = unique(&functions);
    let output = python.arg("--write").arg(&new).output().expect("python3 runs");
    assert!(output.status.success(), "{python:?} failed\n{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&new, &functions).expect("the target directory can be written");
    say_made_of(&functions, inputs);
}

/// A unique name.
fn unique(path: &Path) -> PathBuf {
    path.with_extension(format!("{}-{:?}", std::process::id(), thread::current().id()))
}

/// Whether the file was made of just these inputs. Their content is compared, because copies of the tree are younger
/// than what was made.
fn made_of(file: &Path, inputs: u64) -> bool {
    file.exists() && std::fs::read_to_string(file.with_extension("inputs")).is_ok_and(|text| text == inputs.to_string())
}

fn say_made_of(file: &Path, inputs: u64) {
    std::fs::write(file.with_extension("inputs"), inputs.to_string()).expect("the target directory can be written");
}

fn hash_of(files: impl IntoIterator<Item = PathBuf>, seed: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    for file in files {
        std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).hash(&mut hasher);
    }
    hasher.finish()
}

/// Compiles and links a program, unless it is already made of these inputs.
fn compile(source: &Path, program: &Path, inputs: u64, log: &Path) -> Result<(), String> {
    if made_of(program, inputs) {
        return Ok(());
    }
    let directory = program.parent().expect("it lies in a directory");
    let mut compiler = c_library::compiler().to_command();
    compiler.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]);
    compiler.arg("-D_POSIX_C_SOURCE=200809L").arg("-I").arg(root().join("include")).arg("-I").arg(directory);
    if cfg!(feature = "checked") {
        compiler.arg("-DALOG_TEST_CHECKED");
    }
    compiler.arg(source).arg("-L").arg(directory).args(["-latomic_log", "-lpthread", "-ldl", "-lm"]);
    compiler.args(["-Wl,-rpath,$ORIGIN", "-o"]).arg(program);
    run(&mut compiler, log)?;
    say_made_of(program, inputs);
    Ok(())
}

/// How the command ended, and its output, if it failed.
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

/// Compiles and runs the programs whose source is wanted.
fn hold(wanted: impl Fn(&str) -> bool) {
    let profile = std::env::current_exe().expect("the test has a path");
    let profile = profile.ancestors().nth(2).expect("it lies in the target directory");
    // A build with other features has programs of its own.
    let directory = profile.join(if cfg!(feature = "checked") { "c-programs-checked" } else { "c-programs" });
    std::fs::create_dir_all(&directory).expect("the target directory can be written");
    c_library::build(&directory);

    let mut sources = files("c-tests", "test_", ".c");
    // One need only compile, and one is about builds with a feature.
    sources.retain(|path| cfg!(feature = "checked") || !path.ends_with("test_checked.c"));
    sources.retain(|path| {
        let source = std::fs::read_to_string(path).expect("it can be read");
        source.contains("int main(") && wanted(&source)
    });
    assert!(!sources.is_empty(), "there is no such program in c-tests");
    let shared = ["c-tests", "include"].map(|place| [".h", ".py"].map(|suffix| files(place, "", suffix)));
    let shared =
        hash_of(shared.into_iter().flatten().flatten(), (c_library::compiler().path(), include_str!("c_programs.rs")));
    read_comments(&directory, shared);

    // A failure that one worker finds ends the others, too.
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            let name = Path::new(source.file_stem().expect("it has a name"));
            let program = directory.join(name);
            let log = program.with_extension("log");
            let compiled = compile(source, &program, hash_of([source.clone()], shared), &log);
            if let Err(failure) = compiled.and_then(|()| run(&mut Command::new(&program), &log)) {
                next.store(sources.len(), Ordering::Relaxed);
                return Some(format!("{}: {failure}", name.display()));
            }
        }
        None
    };
    let failures: Vec<String> = thread::scope(|scope| {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Such programs wait for seconds.
fn looks_at_the_clock(source: &str) -> bool {
    source.contains("#include \"clock.h\"")
}

#[test]
fn c_programs_hold() {
    hold(|source| !looks_at_the_clock(source));
}

#[test]
#[ignore = "they wait for seconds: `make mutants` and `make coverage` run them"]
fn c_programs_that_look_at_the_clock_hold() {
    hold(looks_at_the_clock);
}
