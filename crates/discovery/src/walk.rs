//! Which files a scan reads.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

use ignore::{DirEntry, WalkBuilder, WalkState};
use picket_model::DiagnosticStatus;

use crate::{Collector, PathOptions};

/// Folders of installed or generated things: they are somebody else's code, and locks and manifests tell of them.
const SKIPPED_FOLDERS: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    ".venv",
    "venv",
    "site-packages",
    "__pycache__",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".next",
    ".nuxt",
    ".terraform",
    "bower_components",
];

/// A file to read.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) absolute: PathBuf,
    pub(crate) size: u64,
}

/// Every file below `root` in order of path, or `None` if `root` itself cannot be read.
///
/// Symbolic links are not followed, so that a scan neither goes in circles nor leaves the folder; links that
/// lead out of it, nowhere or in a circle are named in the diagnostics.
pub(crate) fn walk(
    root: &Path,
    prefix: &str,
    options: &PathOptions,
    out: &mut Collector,
) -> Option<Vec<Entry>> {
    let real_root = match root.canonicalize() {
        Ok(real_root) => real_root,
        Err(error) => {
            let message = format!("path cannot be read: {error}; check that it exists");
            out.diagnostic(DiagnosticStatus::Unreadable, root.display().to_string(), message);
            return None;
        }
    };
    let limits = options.limits;
    let walker = WalkBuilder::new(&real_root)
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .parents(false)
        .ignore(options.respect_gitignore)
        .git_ignore(options.respect_gitignore)
        .git_global(false)
        .git_exclude(options.respect_gitignore)
        .max_depth(Some(limits.max_depth + 1))
        .threads(rayon::current_num_threads())
        .filter_entry(|entry| {
            let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let skipped = folder
                && entry.depth() > 0
                && entry.file_name().to_str().is_some_and(|name| SKIPPED_FOLDERS.contains(&name));
            !skipped
        })
        .build_parallel();
    let (sender, found) = std::sync::mpsc::channel();
    let real_root = real_root.as_path();
    std::thread::scope(|scope| {
        // What is found is told of as the walk goes on, so that a folder without end is left at its bound.
        scope.spawn(move || {
            walker.run(|| {
                let sender = sender.clone();
                Box::new(move |result| {
                    let told = visit(result, root, real_root, prefix, limits.max_depth)
                        .is_none_or(|found| sender.send(found).is_ok());
                    if told { WalkState::Continue } else { WalkState::Quit }
                })
            });
        });
        gather(found, root, limits.max_files, out)
    })
}

/// What the walk tells of one place.
enum Found {
    File(Entry),
    Problem(DiagnosticStatus, String, String),
}

fn visit(
    result: Result<DirEntry, ignore::Error>,
    root: &Path,
    real_root: &Path,
    prefix: &str,
    max_depth: usize,
) -> Option<Found> {
    let entry = match result {
        Ok(entry) => entry,
        Err(error) => {
            let subject = root.display().to_string();
            return Some(Found::Problem(DiagnosticStatus::Unreadable, subject, error.to_string()));
        }
    };
    let path = relative(entry.path(), real_root, prefix);
    let kind = entry.file_type()?;
    if kind.is_symlink() {
        let (status, message) = problem_of_link(entry.path(), real_root)?;
        Some(Found::Problem(status, path, message))
    } else if kind.is_dir() && entry.depth() > max_depth {
        let message = format!("folder is deeper than {max_depth} levels and was left out");
        Some(Found::Problem(DiagnosticStatus::TooLarge, path, message))
    } else if kind.is_file() {
        let size = entry.metadata().map_or(0, |metadata| metadata.len());
        Some(Found::File(Entry { path, absolute: entry.into_path(), size }))
    } else {
        None
    }
}

/// Files in order of path, and problems in order too, whichever thread met them first.
fn gather(
    found: Receiver<Found>,
    root: &Path,
    max_files: usize,
    out: &mut Collector,
) -> Option<Vec<Entry>> {
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for found in found {
        match found {
            Found::File(_) if entries.len() >= max_files => {
                let message = format!(
                    "folder has more than {max_files} files; the rest was left out; scan its parts one by one"
                );
                problems.push((root.display().to_string(), DiagnosticStatus::TooLarge, message));
                break;
            }
            Found::File(entry) => entries.push(entry),
            Found::Problem(status, subject, message) => problems.push((subject, status, message)),
        }
    }
    problems.sort_unstable_by(|a, b| (&a.0, &a.2).cmp(&(&b.0, &b.2)));
    for (subject, status, message) in problems {
        out.diagnostic(status, subject, message);
    }
    entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Some(entries)
}

/// Why a link matters that is not followed; nothing where its target is scanned where it lies.
fn problem_of_link(link: &Path, real_root: &Path) -> Option<(DiagnosticStatus, String)> {
    match link.canonicalize() {
        Err(error) => Some((DiagnosticStatus::Unreadable, format!("link leads nowhere: {error}"))),
        Ok(target) if link.starts_with(&target) => Some((
            DiagnosticStatus::Unsupported,
            "link goes in a circle and was not followed".to_owned(),
        )),
        Ok(target) if target.starts_with(real_root) => None,
        Ok(_) => Some((
            DiagnosticStatus::Unsupported,
            "link leads out of the scanned folder and was not followed; scan its target too"
                .to_owned(),
        )),
    }
}

fn relative(path: &Path, root: &Path, prefix: &str) -> String {
    let below = match path.strip_prefix(root) {
        Ok(below) if !below.as_os_str().is_empty() => below.to_string_lossy().replace('\\', "/"),
        _ => base_name(path),
    };
    format!("{prefix}{below}")
}

/// Last part of a path, also of `.` and `..`.
pub(crate) fn base_name(path: &Path) -> String {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// `owner/name` of the git remote `origin`, else the folder's name.
pub(crate) fn environment_name(path: &Path) -> String {
    std::fs::read_to_string(path.join(".git/config"))
        .ok()
        .and_then(|config| remote_name(&config))
        .unwrap_or_else(|| base_name(path))
}

fn remote_name(config: &str) -> Option<String> {
    let mut in_origin = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_origin = line == "[remote \"origin\"]";
        } else if let Some((key, url)) = line.split_once('=')
            && in_origin
            && key.trim() == "url"
        {
            let url = url.trim().trim_end_matches('/').trim_end_matches(".git");
            let path = url.split_once("://").map_or_else(
                || url.split_once(':').map_or(url, |(_, path)| path),
                |(_, rest)| rest.split_once('/').map_or(rest, |(_, path)| path),
            );
            let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
            let name = parts.next()?;
            return Some(
                parts.next().map_or_else(|| name.to_owned(), |owner| format!("{owner}/{name}")),
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_comes_from_the_remote() {
        let config =
            |url: &str| format!("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n");
        for url in [
            "https://github.com/contoso/rag-app.git",
            "git@github.com:contoso/rag-app.git",
            "ssh://git@example.com:22/group/contoso/rag-app",
        ] {
            assert_eq!(remote_name(&config(url)).as_deref(), Some("contoso/rag-app"), "{url}");
        }
        assert_eq!(remote_name("[core]\n"), None);
    }
}
