//! Scenarios in the manner of the openCypher Technology Compatibility Kit.
//!
//! The kit itself is not part of this repository: `make tck TCK=FOLDER` runs the feature files beneath a folder and prints
//! what passed, failed and is not supported. Without it, the scenarios beside this file are run.
#![expect(clippy::print_stdout, reason = "a test that reports")]

mod gherkin;
mod graph;
mod run;
mod setup;
mod value;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use run::Outcome;

#[derive(Default)]
struct Report {
    /// Passed, failed, not supported, by folder.
    folders: BTreeMap<String, [usize; 3]>,
    reasons: BTreeMap<(&'static str, String), usize>,
    failures: Vec<String>,
}

impl Report {
    fn of(root: &Path) -> Self {
        let mut report = Self::default();
        let mut files = Vec::new();
        features(root, &mut files);
        files.sort();
        for file in files {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let relative = file.strip_prefix(root).unwrap_or(&file);
            let folder = relative.parent().unwrap_or(relative).display().to_string();
            for scenario in gherkin::read(&text) {
                let place = match run::run(&scenario) {
                    Outcome::Passed => 0,
                    Outcome::Failed(why) => {
                        let (name, line) = (&scenario.name, scenario.line);
                        report
                            .failures
                            .push(format!("{}:{line} {name}\n{why}", relative.display()));
                        1
                    }
                    Outcome::Unsupported(reason) => {
                        *report.reasons.entry((reason, folder.clone())).or_default() += 1;
                        2
                    }
                };
                report.folders.entry(folder.clone()).or_default()[place] += 1;
            }
        }
        report
    }

    fn print(&self) {
        println!("{:<40} {:>7} {:>7} {:>12}", "", "passed", "failed", "unsupported");
        let mut total = [0; 3];
        for (folder, counts) in &self.folders {
            println!("{folder:<40} {:>7} {:>7} {:>12}", counts[0], counts[1], counts[2]);
            total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        println!("{:<40} {:>7} {:>7} {:>12}", "all", total[0], total[1], total[2]);
        println!("\nunsupported, by reason");
        let mut reasons: BTreeMap<&str, (usize, Vec<String>)> = BTreeMap::new();
        for ((reason, folder), count) in &self.reasons {
            let entry = reasons.entry(reason).or_default();
            entry.0 += count;
            entry.1.push(format!("{folder} {count}"));
        }
        for (reason, (count, folders)) in reasons {
            println!("{count:>6}  {reason} ({})", folders.join(", "));
        }
    }
}

fn features(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            features(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "feature") {
            files.push(path);
        }
    }
}

#[test]
fn scenarios_of_a_folder() {
    let Some(folder) = std::env::var_os("TCK") else { return };
    let report = Report::of(Path::new(&folder));
    for failure in &report.failures {
        println!("FAILED {failure}\n");
    }
    report.print();
    assert!(!report.folders.is_empty(), "no feature file beneath {}", folder.display());
    assert!(report.failures.is_empty(), "{} scenarios failed", report.failures.len());
}

/// The harness tells the three outcomes apart: every scenario of the file says in its name which one it must have.
#[test]
fn own_scenarios() {
    let text = include_str!("own.feature");
    let scenarios = gherkin::read(text);
    assert_eq!(scenarios.len(), 14, "{scenarios:#?}");
    for scenario in scenarios {
        let outcome = run::run(&scenario);
        let as_told = match scenario.name.split(':').next() {
            Some("passes") => outcome == Outcome::Passed,
            Some("fails") => matches!(outcome, Outcome::Failed(_)),
            Some("unsupported") => matches!(outcome, Outcome::Unsupported(_)),
            other => panic!("{other:?}"),
        };
        assert!(as_told, "line {}: {} {outcome:?}", scenario.line, scenario.name);
    }
}
