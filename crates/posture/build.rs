//! Rebuilds when a rule file comes or goes; the compiler itself only sees those that were there.

#[expect(clippy::print_stdout, reason = "how a build script talks to cargo")]
fn main() {
    for folder in ["recommendations", "attack-paths", "templates"] {
        println!("cargo:rerun-if-changed=../../rules/{folder}");
    }
}
