fn main() {
    let mut args = std::env::args().skip(1);
    let kinds = args.next().unwrap();
    for path in args {
        let started = std::time::Instant::now();
        let inventory = picket_discovery::scan_path(
            &[path.clone().into()],
            &picket_discovery::PathOptions { sensitive: false, ..Default::default() },
            &(),
        );
        println!(
            "== {path} {:?} assets {} diagnostics {}",
            started.elapsed(),
            inventory.assets.len(),
            inventory.diagnostics.len()
        );
        for d in inventory.diagnostics.iter().take(10) {
            println!("  ! {} {} {}", d.status, d.subject, d.message);
        }
        let mut counts = std::collections::BTreeMap::new();
        for a in &inventory.assets {
            *counts
                .entry(format!(
                    "{} {}",
                    a.kind,
                    a.properties.get("standing").and_then(|s| s.as_str()).unwrap_or("")
                ))
                .or_insert(0) += 1;
            if kinds.split(',').any(|k| k == a.kind.as_str()) {
                let o = &a.properties.get("occurrences").cloned().unwrap_or_default();
                let mut places: Vec<&serde_json::Value> =
                    o.as_array().map(|a| a.iter().collect()).unwrap_or_default();
                places.sort_by_key(|p| p["standing"] != "used");
                let o = places
                    .first()
                    .map(|o| {
                        format!(
                            "{}:{}:{} {}",
                            o["path"].as_str().unwrap_or(""),
                            o["line"],
                            o["column"],
                            o["symbol"].as_str().unwrap_or("")
                        )
                    })
                    .unwrap_or_default();
                println!(
                    "  {} {} {} {o} role={} fw={}",
                    a.kind,
                    a.name,
                    a.properties.get("standing").and_then(|s| s.as_str()).unwrap_or(""),
                    a.properties.get("role").and_then(|s| s.as_str()).unwrap_or(""),
                    a.properties
                        .get("framework")
                        .or(a.properties.get("engine"))
                        .and_then(|s| s.as_str())
                        .unwrap_or("")
                );
            }
        }
        println!("  {counts:?}");
    }
}
