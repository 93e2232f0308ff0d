//! Rebuilds when a rule file comes or goes; the compiler itself only sees those that were there.

fn main() {
    for folder in ["recommendations", "attack-paths", "templates"] {
        println!("cargo:rerun-if-changed=../../rules/{folder}");
    }
}
