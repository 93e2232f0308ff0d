//! Trains and evaluates from a folder of JSONL files.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a tool of the trainer"
)]
use picket_model::Channel;
use picket_shield::train::{Label, Row};
use picket_shield::{Model, Shield, ShieldConfig, ShieldInput};
fn rows(dir: &str) -> Vec<Row> {
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|f| {
            std::fs::read_to_string(f)
                .unwrap()
                .lines()
                .map(|l| serde_json::from_str(l).unwrap())
                .collect::<Vec<Row>>()
        })
        .collect()
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let data = rows(&args[2]);
    let t = std::time::Instant::now();
    match args[1].as_str() {
        "train" => {
            let model = picket_shield::train::train(&data);
            std::fs::write(&args[3], model.to_bytes()).unwrap();
        }
        "eval" => {
            for q in picket_shield::eval::evaluate(&data).unwrap() {
                println!(
                    "{:24} {:10?} {:9} {:5}  rules {:.3}  clf {:.3}  both {:.3}  auc {}",
                    q.source,
                    q.label,
                    q.channel,
                    q.rows,
                    q.rules,
                    q.classifier,
                    q.flagged,
                    q.auc.map_or(String::new(), |a| format!("{a:.3}"))
                );
            }
        }
        // shield run over rows with a model: flagged by source; prints flagged benign
        _ => {
            let model = Model::from_bytes(&std::fs::read(&args[3]).unwrap()).unwrap();
            let shield = Shield::with_model(
                ShieldConfig { classifier: args.len() < 5, ..ShieldConfig::default() },
                model,
            )
            .unwrap();
            let mut by = std::collections::BTreeMap::<String, (usize, usize)>::new();
            let mut rules = std::collections::BTreeMap::<(bool, String), usize>::new();
            for r in &data {
                if r.channel == Channel::System {
                    continue;
                }
                let v = shield.analyze(&ShieldInput::text("", r.channel, r.text.clone()));
                let e = by.entry(format!("{} {:?} {}", r.source, r.label, r.channel)).or_default();
                e.1 += 1;
                if !v.detections.is_empty() {
                    e.0 += 1;
                    let mut ids: Vec<_> = v.detections.iter().map(|d| d.rule.clone()).collect();
                    ids.sort();
                    ids.dedup();
                    for id in ids {
                        *rules.entry((r.label == Label::Benign, id)).or_default() += 1;
                    }
                    if r.label == Label::Benign {
                        let d =
                            v.detections.iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap();
                        println!(
                            "FP {} {} {} | {:?}",
                            r.source,
                            r.channel,
                            d.rule,
                            r.text[d.span[0]..d.span[1]].chars().take(160).collect::<String>()
                        );
                    }
                }
            }
            for (k, (f, n)) in by {
                println!("{k:50} {f}/{n} {:.3}", f as f32 / n as f32);
            }
            for ((b, k), n) in rules {
                println!("{} {k} {n}", if b { "benign" } else { "attack" });
            }
        }
    }
    println!("{:?}", t.elapsed());
}
