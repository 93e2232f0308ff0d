//! Bad input never loses good data: it is named, counted, and the exit code says so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::io::Write;

use common::Place;

const GOOD: &str = "from openai import OpenAI\nclient = OpenAI()\nclient.chat.completions.create(model=\"gpt-4.1\", messages=[])\n";

/// The model that the good file uses is still found.
fn good_model_is_found(place: &Place) {
    let models = place.run(&["assets", "--kind", "Model", "--format", "json"]).json();
    let names: Vec<&str> =
        models.as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
    assert!(names.contains(&"gpt-4.1"), "{names:?}");
}

#[test]
fn a_missing_path_is_a_usage_error_that_says_what_is_possible() {
    let place = Place::new();
    let run = place.run(&["scan", "nowhere"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("`nowhere` is not there"), "{}", run.stderr);
}

#[test]
fn an_unreachable_store_ends_with_4() {
    let place = Place::new();
    place.write("src/app.py", GOOD);
    let run = place.run(&["--store", "postgres://nobody@127.0.0.1:1/none", "scan", "src"]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(
        run.stderr.contains("127.0.0.1:1/none") && !run.stderr.contains("nobody"),
        "{}",
        run.stderr
    );
}

#[test]
fn broken_files_are_named_and_the_rest_is_kept() {
    let place = Place::new();
    place.write("src/app.py", GOOD);
    place.write("src/package-lock.json", "{\"name\": \"x\", \"packages\": {\"\": {");
    place.write("src/main.tfstate", "{\"version\": 4, \"resources\": [");
    place.write("src/notebook.ipynb", "{\"cells\": [");
    let run = place.run(&["scan", "src", "--format", "json"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    for name in ["package-lock.json", "main.tfstate", "notebook.ipynb"] {
        assert!(run.stderr.contains(name), "{name} is not named: {}", run.stderr);
    }
    assert_eq!(run.json()[0]["state"], "partial");
    good_model_is_found(&place);
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    let place = Place::new();
    place.write("src/app.py", GOOD);
    place.write("src/package.json", "[".repeat(200_000));
    place.write(
        "src/deploy.yaml",
        format!("apiVersion: v1\nkind: Pod\nspec: {}", "[".repeat(100_000)),
    );
    place.write("src/deep.py", format!("x = {}1{}", "(".repeat(50_000), ")".repeat(50_000)));
    place.write(
        "src/deep.tf",
        format!("locals {{ a = {}1{} }}", "[".repeat(50_000), "]".repeat(50_000)),
    );
    let run = place.run(&["scan", "src", "--format", "json"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    good_model_is_found(&place);
}

#[test]
fn yaml_bombs_do_not_expand() {
    let place = Place::new();
    place.write("src/app.py", GOOD);
    let mut bomb =
        String::from("apiVersion: v1\nkind: ConfigMap\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        bomb.push_str(&format!("a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"));
    }
    place.write("src/bomb.yaml", bomb);
    let run = place.run(&["scan", "src", "--format", "json"]);
    assert!(run.code == 0 || run.code == 3, "{}: {}", run.code, run.stderr);
    good_model_is_found(&place);
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_ends() {
    let place = Place::new();
    place.write("src/app.py", GOOD);
    std::os::unix::fs::symlink("..", place.path().join("src/loop")).unwrap();
    std::os::unix::fs::symlink("self", place.path().join("src/self")).unwrap();
    let run = place.run(&["scan", "src"]);
    assert!(run.code == 0 || run.code == 3, "{}: {}", run.code, run.stderr);
    good_model_is_found(&place);
}

#[test]
fn a_zip_bomb_is_not_inflated() {
    let place = Place::new();
    place.write("src/app.py", GOOD);
    // A model archive whose one entry claims and holds 1 GiB of zeros in about 1 MiB.
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0_u8; 1 << 20];
    for _ in 0..1024 {
        encoder.write_all(&block).unwrap();
    }
    let data = encoder.finish().unwrap();
    place.write("src/model.pt", zip_of("archive/data.pkl", &data, 1 << 30));
    let run = place.run(&["scan", "src"]);
    assert!(run.code == 0 || run.code == 3, "{}: {}", run.code, run.stderr);
    good_model_is_found(&place);
}

/// A zip file with one deflated entry, as PKWARE's APPNOTE describes it.
fn zip_of(name: &str, data: &[u8], size: u32) -> Vec<u8> {
    let mut common = Vec::new();
    common.extend_from_slice(&20_u16.to_le_bytes());
    common.extend_from_slice(&0_u16.to_le_bytes());
    common.extend_from_slice(&8_u16.to_le_bytes());
    common.extend_from_slice(&[0; 4]);
    common.extend_from_slice(&0_u32.to_le_bytes());
    common.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
    common.extend_from_slice(&size.to_le_bytes());
    common.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
    common.extend_from_slice(&0_u16.to_le_bytes());
    let mut zip = Vec::from(*b"PK\x03\x04");
    zip.extend_from_slice(&common);
    zip.extend_from_slice(name.as_bytes());
    zip.extend_from_slice(data);
    let directory = zip.len();
    zip.extend_from_slice(b"PK\x01\x02\x14\x00");
    zip.extend_from_slice(&common);
    zip.extend_from_slice(&[0; 14]);
    zip.extend_from_slice(name.as_bytes());
    let length = zip.len() - directory;
    zip.extend_from_slice(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    zip.extend_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
    zip.extend_from_slice(&u32::try_from(directory).unwrap().to_le_bytes());
    zip.extend_from_slice(&[0; 2]);
    zip
}

#[test]
fn invalid_utf_8_is_no_end() {
    let place = Place::new();
    place.write("src/app.py", GOOD);
    place.write("src/latin.py", b"# caf\xe9\nimport openai\n");
    place.write("src/requirements.txt", b"openai==1.0\n\xff\xfe\n");
    let run = place.run(&["scan", "src"]);
    assert!(run.code == 0 || run.code == 3, "{}: {}", run.code, run.stderr);
    good_model_is_found(&place);
}

#[test]
fn a_wrong_query_points_at_the_place() {
    let place = Place::new();
    let run = place.run(&["query", "MATCH (a:Agent) RETRUN a"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("RETRUN") && run.stderr.contains('^'), "{}", run.stderr);
}

#[test]
fn shield_lines_that_are_no_json_are_counted_and_passed_over() {
    let place = Place::new();
    let mut child = place
        .command(&["shield"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = "{\"id\":\"1\",\"text\":\"hello\",\"channel\":\"user\"}\nnot json\n{\"id\":\"2\",\"text\":\"bye\",\"channel\":\"user\"}\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let run = common::Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    assert!(run.stderr.contains("line 2"), "{}", run.stderr);
}
