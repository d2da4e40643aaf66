//! tmp
use kernwerk_fuzz::campaign::Campaign;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let n = |i: usize, d: u64| a.get(i).and_then(|t| t.parse().ok()).unwrap_or(d);
    let dev = a.get(4).map(String::as_str).unwrap_or("opencl");
    let mut c = Campaign {
        count: n(1, 20),
        seed: n(2, 1),
        first: n(3, 0),
        device: (dev != "none").then(|| (dev.to_owned(), 0)),
        ..Campaign::default()
    };
    if let Some(k) = a.get(5) {
        c.classes.retain(|x| format!("{x:?}").to_lowercase() == *k);
    }
    let s = c
        .run(|f| {
            println!(
                "--- #{} {:?} {:?}: {}\n{}",
                f.number,
                f.class,
                f.finding.kind,
                f.finding.message.chars().take(1500).collect::<String>(),
                f.program.source
            )
        })
        .unwrap();
    println!("{}", s.table());
}
