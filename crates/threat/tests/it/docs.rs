use std::fmt::Write;
use std::path::Path;

use picket_threat::Catalogue;

/// `docs/reference/alerts.md` follows from the catalogue; `UPDATE_DOCS=1` writes it anew.
#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/alerts.md");
    let rendered = render();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &rendered).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == rendered,
        "docs/reference/alerts.md is stale; run the tests with UPDATE_DOCS=1"
    );
}

fn render() -> String {
    let types = Catalogue::embedded().types();
    let mut page = String::from(
        "# Alerts\n\n\
         Written from `rules/alerts/*.yaml` by the tests of `crates/threat`; do not edit by hand.\n\n\
         Severity is the usual one. It is one step lower where the shield is no more than suspicious, and higher where the\n\
         facts are worse, such as a leaked credential that is used from Tor. In templates `{who}` is the user, session or\n\
         address, `{asset}` the attacked asset and `{what}` what was seen.\n\n\
         | alert | title | severity | tactics | Microsoft Defender for Cloud |\n|---|---|---|---|---|\n",
    );
    for entry in types {
        let defender: Vec<_> = [&entry.defender.application, &entry.defender.agent]
            .into_iter()
            .flatten()
            .map(|id| format!("`{id}`"))
            .collect();
        let _ = writeln!(
            page,
            "| [`{id}`](#{anchor}) | {title} | {severity} | {tactics} | {defender} |",
            id = entry.id,
            anchor = entry.id.to_lowercase().replace('.', ""),
            title = entry.title,
            severity = entry.severity,
            tactics = entry.tactics.join(", "),
            defender = defender.join(", "),
        );
    }
    for entry in types {
        let _ = write!(
            page,
            "\n## {id}\n\n**{title}** · {severity} · stage `{intent}`\n\n{description}\n\n\
             ATT&CK: {techniques} · ATLAS: {atlas} · OWASP: {owasp}\n\n\
             What to do:\n\n",
            id = entry.id,
            title = entry.title,
            severity = entry.severity,
            intent = entry.intent,
            description = entry.description,
            techniques = entry.techniques.join(", "),
            atlas = entry.atlas.join(", "),
            owasp = entry.owasp.join(", "),
        );
        for step in &entry.remediation {
            let _ = writeln!(page, "- {step}");
        }
        let _ = writeln!(page, "\nWhat else it may be: {}", entry.benign);
    }
    page
}
