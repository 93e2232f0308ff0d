//! Scans one file of any content under a name that decides who reads it.

use picket_discovery::{PathOptions, scan_path, scan_terraform};

pub fn one_of(names: &[&str], bytes: &[u8]) {
    let Some((choice, content)) = bytes.split_first() else { return };
    let name = names[usize::from(*choice) % names.len()];
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("the file can be written");
    let options = PathOptions { environment: Some("fuzz".to_owned()), ..PathOptions::default() };
    let inventory = scan_path(&[folder.path().to_owned()], &options, &());
    let mut ids: Vec<_> = inventory.assets.iter().map(|asset| asset.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), inventory.assets.len(), "an asset is there twice");
    if name.ends_with(".json") || name.ends_with(".tfstate") {
        let _ = scan_terraform(&path, &options, &());
    }
}
