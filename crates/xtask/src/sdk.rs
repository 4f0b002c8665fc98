//! `cargo xtask sdk`: the browser SDK in one file, once as a plain script and once as a module.
//!
//! The modules are written so that this needs no parser: an import or an export begins a line and ends with `';`, names
//! at the top of a module are declared at the start of a line, and comments that stand for themselves begin one. What is
//! made is kept in the repository, so that `cargo build` needs neither this command nor Node; a test compares the two.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// The module whose exports are the SDK's.
const INDEX: &str = "index.js";
/// First line of what is made.
const HEAD: &str = "// Trellis in the browser. Made from the modules beside it by `cargo xtask sdk`.\n";

/// Writes what is made beside the modules.
///
/// # Errors
/// When a module is written in a way that this does not understand, or a file cannot be read or written.
pub fn write() -> Result<()> {
    for (path, text) in made()? {
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        println!("{}", path.display());
    }
    Ok(())
}

/// The files, and what belongs into them.
fn made() -> Result<[(PathBuf, String); 2]> {
    let folder = workspace::root().join("crates/html5/sdk");
    let mut bundle = Bundle { folder: &folder, code: String::new(), done: Vec::new(), names: BTreeMap::new() };
    let exports = bundle.index()?;
    let list = |separator: &str| {
        let pairs = exports.iter().map(|(name, public)| match name == public {
            true => name.clone(),
            false if separator == ": " => format!("{public}: {name}"),
            false => format!("{name}{separator}{public}"),
        });
        pairs.collect::<Vec<_>>().join(", ")
    };
    let code = &bundle.code;
    let script = format!(
        "{HEAD}var trellis = (() => {{\n'use strict';\n{code}return Object.freeze({{ {} }});\n}})();\n",
        list(": ")
    );
    let module = format!("{HEAD}{code}export {{ {} }};\n", list(" as "));
    Ok([(folder.join("trellis.js"), script), (folder.join("trellis.mjs"), module)])
}

/// The code of all modules, each behind those that it imports.
struct Bundle<'a> {
    folder: &'a Path,
    code: String,
    done: Vec<String>,
    /// The modules in which names at the top are declared: they share one scope in the end.
    names: BTreeMap<String, String>,
}

impl Bundle<'_> {
    /// Takes the modules that the index exports from; its exports, as the names that they have and those that they get.
    fn index(&mut self) -> Result<Vec<(String, String)>> {
        let mut exports = Vec::new();
        for statement in statements(&without_comments(&self.read(INDEX)?)) {
            let (names, file) = named(&statement).with_context(|| format!("{INDEX}: {statement}"))?;
            self.add(&file)?;
            exports.extend(names.iter().map(|name| {
                let (own, public) = name.split_once(" as ").unwrap_or((name, name));
                (own.to_owned(), public.to_owned())
            }));
        }
        Ok(exports)
    }

    fn add(&mut self, file: &str) -> Result<()> {
        if self.done.iter().any(|done| done == file) {
            return Ok(());
        }
        self.done.push(file.to_owned());
        for statement in statements(&without_comments(&self.read(file)?)) {
            if statement.starts_with("import ") {
                let (names, import) = named(&statement).with_context(|| format!("{file}: {statement}"))?;
                if names.iter().any(|name| name.contains(" as ")) {
                    bail!("{file}: an import that renames: {statement}");
                }
                self.add(&import)?;
            }
        }
        // Behind what it imports.
        for statement in statements(&without_comments(&self.read(file)?)) {
            if !statement.starts_with("import ") {
                self.take(file, statement.strip_prefix("export ").unwrap_or(&statement))?;
            }
        }
        Ok(())
    }

    fn take(&mut self, file: &str, statement: &str) -> Result<()> {
        if let Some(name) = declared(statement)
            && let Some(other) = self.names.insert(name.to_owned(), file.to_owned())
        {
            bail!("{name} is declared in {other} and in {file}");
        }
        self.code.push_str(statement);
        self.code.push('\n');
        Ok(())
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = self.folder.join(file);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    }
}

/// A module without its empty lines and without the comments that begin lines; those within lines stay.
fn without_comments(text: &str) -> String {
    let mut code = String::new();
    let mut inside = false;
    for line in text.lines() {
        let mut rest = line;
        if inside || line.trim_start().starts_with("/**") {
            inside = !line.contains("*/");
            // What stands behind a comment on its last line keeps its indent.
            let behind = line.split_once("*/").map_or("", |(_, behind)| behind.trim_start());
            if behind.is_empty() {
                continue;
            }
            code.push_str(&line[..line.len() - line.trim_start().len()]);
            rest = behind;
        }
        if !rest.trim_start().starts_with("//") && !rest.trim().is_empty() {
            code.push_str(rest);
            code.push('\n');
        }
    }
    code
}

/// The statements at the top of a module: each begins at the start of a line, and all else is indented or closes it.
fn statements(code: &str) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    for line in code.lines() {
        let goes_on = line.starts_with([' ', '}', ')', ']']);
        match statements.last_mut().filter(|_| goes_on) {
            Some(statement) => {
                statement.push('\n');
                statement.push_str(line);
            }
            None => statements.push(line.to_owned()),
        }
    }
    statements
}

/// The names and the file of `import { A, B } from './file.js';`, and of an export like it.
fn named(statement: &str) -> Option<(Vec<String>, String)> {
    let (names, rest) = statement.split_once('{')?.1.split_once('}')?;
    let file = rest.trim().strip_prefix("from './")?.strip_suffix("';")?;
    let names = names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    Some((names.collect(), file.to_owned()))
}

/// The name that a statement declares.
fn declared(statement: &str) -> Option<&str> {
    let statement = statement.strip_prefix("async ").unwrap_or(statement);
    let (word, rest) = statement.split_once(' ')?;
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    matches!(word, "class" | "function" | "const" | "let").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_in_the_repository_are_what_the_modules_make() {
        for (path, text) in made().expect("modules that are understood") {
            let kept = fs::read_to_string(&path).unwrap_or_default();
            assert!(kept == text, "{} is not what `cargo xtask sdk` makes", path.display());
        }
    }

    #[test]
    fn comments_that_begin_lines_go_and_the_rest_stays() {
        let text =
            "// a\n/** b */\n/**\n * c\n */\nconst d = 'e//f'; // g\n\n  /** @type {h} */ #i = /** @type {j} */ (k);\n";
        assert_eq!(without_comments(text), "const d = 'e//f'; // g\n  #i = /** @type {j} */ (k);\n");
    }

    #[test]
    fn a_statement_reaches_to_the_next_line_that_begins_one() {
        let code = "import { A,\n  B } from './a.js';\nexport async function c() {\n  d();\n}\nconst e = 1;\n";
        let statements = statements(code);
        assert_eq!(statements.len(), 3);
        assert_eq!(named(&statements[0]), Some((vec!["A".to_owned(), "B".to_owned()], "a.js".to_owned())));
        assert_eq!(declared(statements[1].strip_prefix("export ").unwrap_or_default()), Some("c"));
        assert_eq!(declared(&statements[2]), Some("e"));
    }
}
