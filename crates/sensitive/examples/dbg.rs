use picket_sensitive::Scanner;
fn main() {
    let usual = Scanner::embedded();
    let ids: Vec<String> = usual.types().map(|info| info.id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let every = Scanner::default().with_types(&ids, &[]).unwrap();
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        for s in [usual, &every] {
            println!("{line:?} {:?}", s.scan(&line).iter().map(|m| (m.info_type.to_string(), line[m.span.clone()].to_string(), m.confidence)).collect::<Vec<_>>());
        }
    }
}
