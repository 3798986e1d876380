//! Nothing in `src` uses itself in a circle: no file through other files, no folder through other folders. So each file
//! can be read after those that it uses, and no file needs what is above it.
//!
//! A file uses another one if a `use` or a path in it leads there, also through a re-export. It also does if it calls a
//! method that the other one adds to a type of a third file, which needs no `use`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn no_file_uses_itself_by_way_of_others() {
    let source = Source::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    if let Some(circle) = circle(&source.uses()) {
        panic!("a circle of files of src:\n{}", circle.join("\n"));
    }
}

#[test]
fn no_folder_uses_itself_by_way_of_others() {
    let source = Source::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let uses = source.uses();
    let folders: BTreeSet<PathBuf> =
        source.files.keys().filter_map(|file| file.parent().map(Path::to_path_buf)).collect();
    for folder in folders {
        // The members of a folder: its files, and its folders as a whole.
        let room = |file: &Path| {
            let inside = file.strip_prefix(&folder).ok()?;
            Some(inside.components().next()?.as_os_str().to_string_lossy().into_owned())
        };
        let mut rooms: Uses = Uses::new();
        for (from, to, why) in uses.iter().flat_map(|(from, to)| to.iter().map(move |(to, why)| (from, to, why))) {
            if let (Some(from), Some(to)) = (room(Path::new(from)), room(Path::new(to))) {
                rooms.entry(from).or_default().entry(to).or_insert(why.clone());
            }
        }
        if let Some(circle) = circle(&rooms) {
            panic!("a circle in src/{}:\n{}", folder.display(), circle.join("\n"));
        }
    }
}

/// This test sees each kind of use.
#[test]
fn circles_are_found() {
    let of = |files: &[(&str, &str)]| {
        let mut source = Source::default();
        for (file, text) in files {
            source.add(Path::new(file), text);
        }
        circle(&source.uses()).map(|circle| circle.len())
    };
    let root = ("lib.rs", "mod a; mod b; pub use b::B;");
    assert_eq!(of(&[root, ("a.rs", "use crate::b::B;"), ("b.rs", "struct B;")]), None);
    assert_eq!(of(&[root, ("a.rs", "use crate::b::{B, b};"), ("b.rs", "fn b(_: super::a::A) {}")]), Some(2));
    // Through a re-export, and within a module of the file's own.
    assert_eq!(of(&[root, ("a.rs", "use super::B;"), ("b.rs", "mod inner { use super::super::a; }")]), Some(2));
    assert_eq!(of(&[root, ("a.rs", "// crate::b"), ("b.rs", "const A: &str = \"crate::a\"; use crate::a::A;")]), None);
    assert_eq!(of(&[root, ("a.rs", "use crate::b;"), ("b.rs", "#[cfg(test)] mod tests { use crate::a::A; }")]), None);
    // Through a method that another file adds.
    let root = ("r/mod.rs", "mod a; mod b;");
    let adds = ("r/b.rs", "use super::a::A; impl A { fn added(&self) {} }");
    assert_eq!(of(&[root, ("r/a.rs", "fn a(a: &A) { a.added() }"), adds]), Some(2));
    assert_eq!(of(&[root, ("r/a.rs", "fn a() { A::added }"), adds]), Some(2));
    assert_eq!(of(&[root, ("r/a.rs", "fn a(a: &A) { a.other(); B::added }"), adds]), None);
    assert_eq!(of(&[root, ("r/a.rs", "fn a(a: &A) { a.added() } impl B { fn added() {} }"), adds]), None);
    // A file for each system.
    let system = ("lib.rs", "mod a; #[cfg_attr(windows, path = \"c.rs\")] mod b;");
    assert_eq!(of(&[system, ("a.rs", "use crate::b::f;"), ("b.rs", ""), ("c.rs", "use crate::a::A;")]), Some(2));
}

/// For each file, the files that it uses, and the first words that show it.
type Uses = BTreeMap<String, BTreeMap<String, String>>;

/// A path of modules and of what is in them.
type Names = Vec<String>;

#[derive(Default)]
struct Source {
    files: BTreeMap<PathBuf, File>,
    /// The files of each module: more than one if each system has its own.
    modules: BTreeMap<Names, BTreeSet<PathBuf>>,
}

#[derive(Default)]
struct File {
    module: Names,
    /// What its `use`s bring in: by which name, from where.
    brought: BTreeMap<String, Names>,
    /// All paths in it, from the crate's root.
    paths: BTreeSet<Names>,
    /// Methods that it defines, and of which types.
    methods: BTreeSet<(String, String)>,
    /// Methods that it calls, and of which types, where the code shows the type.
    calls: BTreeSet<(String, String)>,
}

impl Source {
    fn read(root: &Path) -> Source {
        let mut source = Source::default();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                // Models and tests may look at the inside of everything.
                if path.is_dir() && name != "loom_tests" {
                    folders.push(path);
                } else if name.ends_with(".rs") && name != "tests.rs" {
                    source.add(path.strip_prefix(root).unwrap(), &fs::read_to_string(&path).unwrap());
                }
            }
        }
        assert!(source.files.len() > 40, "{} files", source.files.len());
        source
    }

    fn add(&mut self, path: &Path, text: &str) {
        let mut module: Names =
            path.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        self.modules.entry(module.clone()).or_default().insert(path.to_path_buf());
        let folder = path.parent().unwrap();
        let mut file = File { module: module.clone(), ..File::default() };
        let words = words(text);
        // Modules in the file that enclose a word, and how deep in braces each began.
        let mut inner: Vec<(String, usize)> = Vec::new();
        let (mut depth, mut at, mut type_of_impl) = (0, 0, None::<(String, usize)>);
        let mut paths_of_modules: Names = Vec::new();
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        while at < words.len() {
            let here: Names = module.iter().chain(inner.iter().map(|(name, _)| name)).cloned().collect();
            match word(at) {
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if inner.last().is_some_and(|(_, began)| *began == depth) {
                        inner.pop();
                    }
                    type_of_impl.take_if(|(_, began)| *began == depth);
                }
                "path" if word(at + 1) == "=" => paths_of_modules.push(word(at + 2).trim_matches('"').to_owned()),
                "mod" if word(at + 2) == "{" && word(at + 1) == "tests" => at = closing(&words, at + 2),
                "mod" if word(at + 2) == "{" => {
                    inner.push((word(at + 1).to_owned(), depth));
                    at += 1;
                }
                "mod" if word(at + 2) == ";" => {
                    let files = self.modules.entry([here.clone(), vec![word(at + 1).to_owned()]].concat()).or_default();
                    files.extend(paths_of_modules.drain(..).map(|name| folder.join(name)));
                    at += 1;
                }
                "impl" if depth == 0 || !inner.is_empty() => {
                    let end = (at..words.len()).find(|at| word(*at) == "{").unwrap_or(at);
                    type_of_impl = implementing(&words[at + 1..end]).map(|name| (name, depth));
                }
                "fn" => {
                    if let Some((of, began)) = &type_of_impl {
                        if depth == began + 1 {
                            file.methods.insert((of.clone(), word(at + 1).to_owned()));
                        }
                    }
                }
                "." if is_name(word(at + 1)) && word(at + 2) == "(" => {
                    _ = file.calls.insert((String::new(), word(at + 1).to_owned()))
                }
                "use" => {
                    let end = (at..words.len()).find(|at| word(*at) == ";").unwrap();
                    for (path, name) in tree(&words[at + 1..end]) {
                        let path = absolute(&here, &path);
                        if name != "*" && inner.is_empty() {
                            file.brought.insert(name, path.clone());
                        }
                        file.paths.insert(path);
                    }
                    at = end;
                }
                _ => {}
            }
            // Not of `pub(in path)`.
            let begins = at == 0 || word(at - 1) != "::" && (word(at - 1) != "in" || word(at - 2) != "(");
            if is_name(word(at)) && word(at + 1) == "::" && begins {
                let mut path = vec![word(at).to_owned()];
                while word(at + 1) == "::" && is_name(word(at + 2)) {
                    path.push(word(at + 2).to_owned());
                    file.calls.insert((word(at).to_owned(), word(at + 2).to_owned()));
                    at += 2;
                }
                file.paths.insert(absolute(&here, &path));
            }
            at += 1;
        }
        self.files.insert(path.to_path_buf(), file);
    }

    /// The files of the module where a path leads, through re-exports; none if it leads out of the crate.
    fn files_of(&self, path: &[String], depth: usize) -> BTreeSet<PathBuf> {
        let mut module: &[String] = &[];
        let mut rest = path;
        while let [next, behind @ ..] = rest {
            let inside = &path[..path.len() - behind.len()];
            if self.modules.contains_key(inside) {
                (module, rest) = (inside, behind);
                continue;
            }
            let brought =
                self.files.values().find_map(|file| (file.module == module).then(|| file.brought.get(next)).flatten());
            if let Some(from) = brought.filter(|from| depth < 9 && from.as_slice() != inside) {
                return self.files_of(&[from, behind].concat(), depth + 1);
            }
            break;
        }
        if module.is_empty() && rest.len() == path.len() && path.len() != 1 {
            return BTreeSet::new();
        }
        let exists = |file: &&PathBuf| self.files.contains_key(*file);
        self.modules[module].iter().filter(exists).cloned().collect()
    }

    fn uses(&self) -> Uses {
        // Methods that a file adds to a type of another one, by name; None if several files do.
        let mut added: BTreeMap<&str, Option<(&Path, &str)>> = BTreeMap::new();
        let mut own = BTreeSet::new();
        let room = |path: &Path| path.components().next().map(|room| room.as_os_str().to_owned());
        for (path, file) in &self.files {
            for (of, method) in &file.methods {
                if file.brought.contains_key(of) {
                    let only = added.entry(method).or_insert(Some((path, of)));
                    *only = only.filter(|only| only.0 == path);
                } else {
                    own.insert((room(path), method.as_str()));
                }
            }
        }
        let name = |path: &Path| path.to_string_lossy().into_owned();
        let mut uses = Uses::new();
        for (path, file) in &self.files {
            let to = uses.entry(name(path)).or_default();
            for each in &file.paths {
                for target in self.files_of(each, 0).iter().filter(|target| *target != path) {
                    to.entry(name(target)).or_insert_with(|| format!("by {}", each.join("::")));
                }
            }
            for (of, method) in &file.calls {
                let Some(Some((target, added_to))) = added.get(method.as_str()) else { continue };
                // In one room. And where the type is not shown, only if no type there, or of a room that the file uses,
                // has such a method.
                let mut rooms = to.keys().map(|to| room(Path::new(to))).chain([room(path)]);
                let has_own = rooms.any(|room| own.contains(&(room, method.as_str())));
                let is_it = of == added_to || of == "Self" || of.is_empty() && !has_own;
                if *target != path && room(path) == room(target) && is_it {
                    to.entry(name(target)).or_insert_with(|| format!("by the method {method}"));
                }
            }
        }
        uses
    }
}

/// The names of a path as seen in a module, from the crate's root. A path that leads out of the crate keeps its first
/// name, which is then no module's.
fn absolute(module: &[String], path: &[String]) -> Names {
    let (mut from, mut rest) = (Names::new(), path);
    match path.first().map(String::as_str) {
        Some("crate") => rest = &path[1..],
        Some("self") => (from, rest) = (module.to_vec(), &path[1..]),
        Some("super") => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            (from, rest) = (module[..module.len().saturating_sub(ups)].to_vec(), &path[ups..]);
        }
        // `::name`
        Some("") => return path.to_vec(),
        _ => from = module.to_vec(),
    }
    from.extend_from_slice(rest);
    from
}

/// The type whose methods stand in an `impl`, by the words behind that; None if it is a trait's.
fn implementing(head: &[String]) -> Option<String> {
    if head.iter().any(|word| word == "for") {
        return None;
    }
    let mut angles = 0;
    let outside = head.iter().take_while(|word| *word != "where").filter(|word| {
        angles += i32::from(*word == "<") - i32::from(*word == ">");
        angles == 0 && is_name(word)
    });
    outside.last().cloned()
}

/// The paths of a `use`, each with the name that it brings in.
fn tree(words: &[String]) -> Vec<(Names, String)> {
    let mut found = Vec::new();
    let (mut prefixes, mut path): (Vec<Names>, Names) = (vec![Names::new()], Names::new());
    let mut renamed = None;
    let mut at = 0;
    while at <= words.len() {
        match words.get(at).map_or(",", String::as_str) {
            "::" if at == 0 => path.push(String::new()),
            "::" => {}
            "{" => {
                prefixes.push(path.clone());
            }
            word @ ("," | "}") => {
                let prefix = prefixes.last().unwrap();
                if path.len() > prefix.len() {
                    let last = path.pop().unwrap();
                    let name = renamed
                        .take()
                        .unwrap_or_else(|| if last == "self" { path.last().unwrap() } else { &last }.clone());
                    if last != "self" && last != "*" {
                        path.push(last);
                    }
                    found.push((path, name));
                }
                if word == "}" {
                    prefixes.pop();
                    // The part before the braces is done.
                    path = prefixes.last().unwrap().clone();
                } else {
                    path = prefixes.last().unwrap().clone();
                }
            }
            "as" => {
                renamed = words.get(at + 1).cloned();
                at += 1;
            }
            word => path.push(word.to_owned()),
        }
        at += 1;
    }
    found
}

/// The end of the brace that opens here.
fn closing(words: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    words.len()
}

fn is_name(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// Names, `::`, strings and single other signs; no comments.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if letter == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|letter| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if letter == '\'' && rest[1..].starts_with('\\') {
            3 + rest[3..].find('\'').unwrap_or(0)
        } else if letter == '\'' && rest.chars().nth(2) == Some('\'') {
            2 + rest[1..].chars().next().map_or(0, char::len_utf8)
        } else if is_name(rest) {
            rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") || rest.starts_with("->") {
            2
        } else {
            letter.len_utf8()
        };
        let word = &rest[..length];
        // For `$crate` the path begins behind the sign.
        if !letter.is_whitespace() && letter != '$' && !word.starts_with("//") && !word.starts_with("/*") {
            words.push(word.to_owned());
        }
        rest = &rest[length..];
    }
    words
}

/// A circle, if there is one: each line says what uses what, and how.
fn circle(uses: &Uses) -> Option<Vec<String>> {
    fn visit<'u>(
        uses: &'u Uses,
        at: &'u str,
        way: &mut Vec<&'u str>,
        done: &mut BTreeSet<&'u str>,
    ) -> Option<Vec<String>> {
        if let Some(begin) = way.iter().position(|file| *file == at) {
            way.push(at);
            let line = |pair: &[&str]| format!("{} uses {} {}", pair[0], pair[1], uses[pair[0]][pair[1]]);
            return Some(way[begin..].windows(2).map(line).collect());
        }
        if !done.insert(at) {
            return None;
        }
        way.push(at);
        for to in uses.get(at).into_iter().flat_map(BTreeMap::keys).filter(|to| *to != at) {
            if let Some(circle) = visit(uses, to, way, done) {
                return Some(circle);
            }
        }
        way.pop();
        None
    }
    let mut done = BTreeSet::new();
    uses.keys().find_map(|file| visit(uses, file, &mut Vec::new(), &mut done))
}
