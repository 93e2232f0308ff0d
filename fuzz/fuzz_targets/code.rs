//! Any bytes as a file of code, a notebook, a manifest or data. The first byte says which.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../scan.rs"]
mod scan;

const NAMES: &[&str] = &[
    "app.py",
    "app.ts",
    "app.tsx",
    "app.js",
    "notebook.ipynb",
    "requirements.txt",
    "pyproject.toml",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "package.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "setup.py",
    "environment.yml",
    "README.md",
    "data.csv",
    "data.jsonl",
    "system.md",
    "app.go",
    "App.java",
    "App.cs",
    "app.rs",
    "Pipfile",
    "Cargo.toml",
    "Cargo.lock",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "libs.versions.toml",
    "app.csproj",
    "packages.lock.json",
    "Gemfile",
    "Gemfile.lock",
    "composer.lock",
    "application.properties",
];

fuzz_target!(|bytes: &[u8]| scan::one_of(NAMES, bytes));
