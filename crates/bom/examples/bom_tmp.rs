fn main() {
    let path = std::env::args().nth(1).unwrap();
    let inventory: picket_model::Inventory =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (spec, name) in
        [(picket_bom::Spec::CycloneDx16, "16"), (picket_bom::Spec::CycloneDx17, "17")]
    {
        let options = picket_bom::BomOptions {
            spec,
            name: inventory.environments[0].name.clone(),
            version: None,
            serial: uuid::Uuid::new_v4(),
            timestamp: chrono::Utc::now(),
        };
        std::fs::write(
            format!("{}.{name}.cdx.json", std::env::args().nth(1).unwrap()),
            serde_json::to_string_pretty(&picket_bom::generate(
                &inventory.assets,
                &inventory.relations,
                &options,
            ))
            .unwrap(),
        )
        .unwrap();
    }
}
