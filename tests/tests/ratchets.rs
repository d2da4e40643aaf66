//! Figures of every generated text, pinned: a change of the compiler shows what it does to every kernel.
//!
//! `tests/ratchets/texts.tsv` has one line per operation (costs counted in the IR, bytes of the texts), `kernels.tsv` one per kernel (what
//! its OpenCL text does on the interior path). After a change: look at the table that the test prints, then
//! `KERNWERK_BLESS=1 cargo test -p kernwerk-tests --test ratchets`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kernwerk_codegen::analysis::cost;
use kernwerk_codegen::emit::{self, Cuda, OpenCl};
use kernwerk_codegen::plan::plan;
use kernwerk_kernels::kernels;
use kernwerk_tests::figures::{Figures, Functions};

const BLESS: &str = "KERNWERK_BLESS=1 cargo test -p kernwerk-tests --test ratchets";

/// Figures by name of the kernel or operation, in the order of the columns.
type Table = BTreeMap<String, Vec<String>>;

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ratchets").join(file)
}

fn written(columns: &[&str], table: &Table) -> String {
    let mut text = columns.join("\t") + "\n";
    for (name, figures) in table {
        text += &format!("{name}\t{}\n", figures.join("\t"));
    }
    text
}

/// The table of a file; lines that do not have all columns are as good as absent.
fn read(columns: &[&str], text: &str) -> Table {
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    if lines.next().is_none_or(|head| head != columns) {
        return Table::new();
    }
    lines.filter(|line| line.len() == columns.len()).map(|mut line| (line.remove(0), line)).collect()
}

/// What changed: one line per figure, then the totals of the columns that hold numbers. Empty if nothing did.
fn changes(columns: &[&str], old: &Table, new: &Table) -> String {
    let mut rows: Vec<[String; 4]> = Vec::new();
    let absent = "–".to_owned();
    for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
        for (number, column) in columns[1..].iter().enumerate() {
            let [before, after] =
                [old, new].map(|table| table.get(name).map_or(absent.clone(), |figures| figures[number].clone()));
            if before != after {
                rows.push([name.clone(), (*column).to_owned(), before, after]);
            }
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    for (number, column) in columns[1..].iter().enumerate() {
        let total =
            |table: &Table| -> u64 { table.values().filter_map(|figures| figures[number].parse::<u64>().ok()).sum() };
        let (before, after) = (total(old), total(new));
        if before != after {
            rows.push(["total".to_owned(), (*column).to_owned(), before.to_string(), after.to_string()]);
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [a, b, c, d] = [0, 1, 2, 3].map(width);
    let line = |[name, column, before, after]: &[String; 4]| {
        let relative = match (before.parse::<f64>(), after.parse::<f64>()) {
            (Ok(before), Ok(after)) if before > 0.0 => format!("  {:+.1} %", (after / before - 1.0) * 100.0),
            _ => String::new(),
        };
        format!("  {name:<a$}  {column:<b$}  {before:>c$} → {after:>d$}{relative}\n")
    };
    rows.iter().map(line).collect()
}

fn check(file: &str, columns: &[&str], table: &Table) {
    let path = path(file);
    let text = written(columns, table);
    let found = fs::read_to_string(&path).unwrap_or_default();
    if std::env::var_os("KERNWERK_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
        print!("{}", changes(columns, &read(columns, &found), table));
        return;
    }
    assert!(
        found == text,
        "figures in tests/ratchets/{file} changed:\n{}If that is meant: {BLESS}",
        changes(columns, &read(columns, &found), table)
    );
}

#[test]
fn texts() {
    let columns = [
        "operation",
        "loads",
        "flops",
        "comparisons",
        "vendor calls",
        "own opencl",
        "own cuda",
        "whole opencl",
        "whole cuda",
    ];
    let figures = |op: &kernwerk_codegen::ir::Op| {
        let cost = cost(op);
        let amounts = [cost.loads, cost.flops, cost.comparisons, cost.vendor_calls].map(|amount| amount.to_string());
        let bytes =
            [emit::kernels(op, &OpenCl), emit::kernels(op, &Cuda), emit::text(op, &OpenCl), emit::text(op, &Cuda)];
        amounts.into_iter().chain(bytes.map(|text| text.len().to_string())).collect()
    };
    let table = kernels().iter().map(|kernel| (kernel.name.to_owned(), figures(&kernel.op.ir))).collect();
    check("texts.tsv", &columns, &table);
}

#[test]
fn interior_path_of_every_kernel() {
    let columns = ["kernel", "bytes", "loads", "branches", "loops", "temporaries", "divisions"];
    let mut table = Table::new();
    for compiled in kernels() {
        let op = &compiled.op.ir;
        let text = emit::helper_texts(op).concat() + &emit::kernels(op, &OpenCl);
        let functions = Functions::new(&text);
        for kernel in plan(op).kernels {
            let figures = functions.figures(&kernel.name);
            let Figures { bytes, loads, branches, loops, temporaries, divisions } =
                figures.unwrap_or_else(|| panic!("{} is not in the text of {}", kernel.name, op.name));
            let figures = [bytes, loads, branches, loops, temporaries, divisions].map(|figure| figure.to_string());
            let former = table.insert(kernel.name.clone(), figures.to_vec());
            assert!(former.is_none(), "two kernels are called {}", kernel.name);
        }
    }
    check("kernels.tsv", &columns, &table);
}

#[test]
fn changes_are_told_with_their_totals() {
    let columns = ["kernel", "bytes", "loads"];
    let table = |rows: &[[&str; 3]]| -> Table {
        rows.iter().map(|[name, rest @ ..]| (name.to_string(), rest.map(str::to_owned).to_vec())).collect()
    };
    let old = table(&[["a", "100", "n"], ["b", "10", "1"], ["c", "7", "2"]]);
    let new = table(&[["a", "150", "n + 1"], ["b", "10", "1"], ["d", "5", "2"]]);
    assert_eq!(changes(&columns, &old, &old), "");
    assert_eq!(read(&columns, &written(&columns, &old)), old);
    let expected = "  \
        a      bytes  100 →   150  +50.0 %\n  \
        a      loads    n → n + 1\n  \
        c      bytes    7 →     –\n  \
        c      loads    2 →     –\n  \
        d      bytes    – →     5\n  \
        d      loads    – →     2\n  \
        total  bytes  117 →   165  +41.0 %\n";
    assert_eq!(changes(&columns, &old, &new), expected);
}
