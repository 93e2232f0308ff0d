//! `train DIR MODEL` trains the shield's classifier on the JSONL rows of a folder and writes MODEL with its card beside it.
//! `DIR/licences.json`, where it is there, maps file names to licences.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use picket_shield::train::Row;
use picket_shield::{DataSet, card, eval, train};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, model_path] = &arguments[..] else {
        return Err("usage: train DIR MODEL".into());
    };
    let licences: BTreeMap<String, String> = match fs::read(Path::new(folder).join("licences.json"))
    {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => BTreeMap::new(),
    };
    let mut paths: Vec<_> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let before = rows.len();
        for line in text.lines() {
            rows.push(serde_json::from_str::<Row>(line)?);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sha256 =
            Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        data.push(DataSet {
            licence: licences.get(&name).cloned(),
            name,
            sha256,
            rows: rows.len() - before,
        });
    }
    let model = train::train(&rows);
    let card = card(&model, &data, &eval::evaluate(&rows)?);
    fs::write(model_path, model.to_bytes())?;
    fs::write(
        Path::new(model_path).with_file_name("model-card.json"),
        serde_json::to_string_pretty(&card)? + "\n",
    )?;
    Ok(())
}
