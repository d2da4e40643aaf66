//! `docs/performance.md` from records: blocks between two comments are rewritten, what stands around them is left alone.
//!
//! A block begins with `<!-- report: KIND ARGUMENT… -->` and ends with `<!-- end -->`. Arguments name records by their file name without
//! `.json`. A record that is not there gives a block that says so.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::cases::{CASES, Case, FAMILIES};
use crate::peers::{Best, peers};
use crate::plot::{Bar, Panel, Series, bars, panels};

/// Records by name, and why a case is short of its target: case and record (or `*`) to a reason.
#[derive(Debug, Default)]
pub struct Records {
    /// By file name without `.json`.
    pub documents: BTreeMap<String, Json>,
    /// From `results/reasons.tsv`.
    pub reasons: BTreeMap<(String, String), String>,
}

/// The lines of a panel: device to points.
type Lines = BTreeMap<String, Vec<(f64, f64)>>;

/// What the writers return: a block, or why there is none.
type Block = Result<String, String>;

/// How a table's figure is written: three digits that say something.
fn figure(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

fn number(row: &Json, key: &str) -> Option<f64> {
    row.get(key)?.as_f64()
}

fn or_dash(value: Option<String>) -> String {
    value.unwrap_or_else(|| "–".into())
}

/// Every file that is made of the records of a repository, and what should be in it.
///
/// # Errors
/// If a record or the page cannot be read, or the page has a block that cannot be made.
pub fn files(root: &Path) -> Result<Vec<(PathBuf, String)>, Box<dyn std::error::Error>> {
    let records = Records::read(&root.join("benches/results"))?;
    let page = root.join("docs/performance.md");
    let text = records.rewrite(&std::fs::read_to_string(&page)?)?;
    let plots = records.plots().into_iter().map(|(name, text)| (root.join("docs/images").join(name), text));
    Ok([(page, text)].into_iter().chain(plots).collect())
}

impl Records {
    /// Reads a folder of records, with `reasons.tsv`.
    ///
    /// # Errors
    /// If a file cannot be read or is not what its ending says.
    pub fn read(folder: &Path) -> Result<Records, Box<dyn std::error::Error>> {
        let mut records = Records::default();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.extension().is_some_and(|extension| extension == "json") {
                let document = serde_json::from_str(&std::fs::read_to_string(&path)?)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                records.documents.insert(name, document);
            }
        }
        let reasons = std::fs::read_to_string(folder.join("reasons.tsv"))?;
        for line in reasons.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            let cells: Vec<&str> = line.splitn(3, '\t').collect();
            let [case, record, reason] = cells[..] else {
                return Err(format!("reasons.tsv: `{line}` has not three cells with tabs between them").into());
            };
            records.reasons.insert((case.to_owned(), record.to_owned()), reason.to_owned());
        }
        Ok(records)
    }

    fn document(&self, name: &str) -> Result<&Json, String> {
        self.documents.get(name).ok_or_else(|| format!("`{name}` is not measured yet."))
    }

    /// The set of this name in a record.
    fn set(&self, record: &str, name: &str) -> Result<&Json, String> {
        let sets = self.document(record)?["sets"].as_array();
        sets.and_then(|sets| sets.iter().find(|set| set["set"] == name))
            .ok_or_else(|| format!("`{name}` of `{record}` is not measured yet."))
    }

    /// A case's row in a table record.
    fn row(&self, record: &str, set: &str, case: &str) -> Option<&Json> {
        self.set(record, set).ok()?["cases"].as_array()?.iter().find(|row| row["name"] == case)
    }

    fn reason(&self, case: &str, record: &str) -> Option<&str> {
        let key = |record: &str| (case.to_owned(), record.to_owned());
        self.reasons.get(&key(record)).or_else(|| self.reasons.get(&key("*"))).map(String::as_str)
    }

    /// Rewrites every block of a page.
    ///
    /// # Errors
    /// If a block has no end or its kind is not known.
    pub fn rewrite(&self, page: &str) -> Result<String, String> {
        const BEGIN: &str = "<!-- report: ";
        const END: &str = "<!-- end -->";
        let mut result = String::new();
        let mut rest = page;
        while let Some(start) = rest.find(BEGIN) {
            let after = &rest[start + BEGIN.len()..];
            let head = after.find(" -->").ok_or("a block's first line does not end")?;
            let words: Vec<&str> = after[..head].split_whitespace().collect();
            let end = after.find(END).ok_or_else(|| format!("the block `{}` has no end", &after[..head]))?;
            let block = self.block(&words)?.unwrap_or_else(|missing| format!("*{missing}*\n"));
            let _ = write!(result, "{}{BEGIN}{} -->\n\n{block}\n{END}", &rest[..start], &after[..head]);
            rest = &after[end + END.len()..];
        }
        Ok(result + rest)
    }

    fn block(&self, words: &[&str]) -> Result<Block, String> {
        Ok(match words {
            ["device", record] => self.device(record),
            ["large", cuda, opencl] => self.large(cuda, opencl),
            ["small", set, cuda, opencl] => self.small(set, cuda, opencl),
            ["cpu" | "peers", record, set] => self.side_by_side(record, set),
            ["versions", record] => self.versions(record),
            ["short", set, records @ ..] => self.short(set, records),
            _ => return Err(format!("`{}` is not a kind of block", words.join(" "))),
        })
    }

    fn device(&self, record: &str) -> Block {
        let document = self.document(record)?;
        let about = &document["device"];
        let mut line =
            format!("{}, {}", about["name"].as_str().unwrap_or("?"), about["backend"].as_str().unwrap_or("?"));
        for set in document["sets"].as_array().into_iter().flatten() {
            let copy = &set["copies"]["f32"];
            if let (Some(ms), Some(rate)) = (number(copy, "best_ms"), number(copy, "gbs")) {
                let _ = write!(line, "; a copy of {} f32 took {} ms ({rate:.0} GB/s)", set["shape"], figure(ms));
            }
        }
        if let Some(us) = number(document, "launch_us") {
            let _ = write!(line, ". A cached call costs {} µs of the host's time", figure(us));
        }
        if let Some(bytes) = number(document, "peak_bytes") {
            let _ = write!(line, "; peak device memory of the whole run: {:.1} GiB", bytes / f64::from(1 << 30));
        }
        Ok(line + ".\n")
    }

    fn large(&self, cuda: &str, opencl: &str) -> Block {
        self.set(cuda, "large")?;
        let mut table = String::from(
            "| case | call | memory | arithmetic | target | CUDA | OpenCL | best peer | ahead of it |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for case in CASES {
            let (row, other) = (self.row(cuda, "large", case.name), self.row(opencl, "large", case.name));
            let multiple = row.and_then(|row| number(row, "multiple"));
            let Some(known) = peers(case.name) else { continue };
            let marked = |row: Option<&Json>| {
                let row = row?;
                let text = figure(number(row, "multiple")?);
                Some(if row["met"] == true { format!("**{text}**") } else { text })
            };
            let _ = writeln!(
                table,
                "| {} | {} | {} | {} | {} | {} | {} | {} ({}) | {} |",
                case.name,
                case.call,
                figure(case.memory_floor()),
                or_dash(row.and_then(|row| number(row, "floor_arithmetic")).map(figure)),
                known.target,
                or_dash(marked(row)),
                or_dash(marked(other)),
                known.large.value,
                known.large.peer,
                or_dash(multiple.map(|multiple| format!("{} ×", figure(known.large.value / multiple)))),
            );
        }
        Ok(table + &self.count("large", &[cuda, opencl]))
    }

    /// How many rows meet their target.
    fn count(&self, set: &str, records: &[&str]) -> String {
        let mut text = String::new();
        for record in records {
            let rows = self.set(record, set).ok().and_then(|set| set["cases"].as_array());
            let judged: Vec<bool> = rows.into_iter().flatten().filter_map(|row| row["met"].as_bool()).collect();
            if !judged.is_empty() {
                let met = judged.iter().filter(|met| **met).count();
                let backend = self.documents[*record]["device"]["backend"].as_str().unwrap_or(record);
                let _ = write!(
                    text,
                    "{}{backend}: {met} of {} rows meet their target.",
                    if text.is_empty() { "\n" } else { " " },
                    judged.len()
                );
            }
        }
        text + "\n"
    }

    fn small(&self, set: &str, cuda: &str, opencl: &str) -> Block {
        self.set(cuda, set)?;
        let mut table = String::from("| case | CUDA | OpenCL | best peer | ahead of it |\n|---|--:|--:|--:|--:|\n");
        for case in CASES {
            let Some(known) = peers(case.name) else { continue };
            let Some(best) = small_best(set, case.name) else { continue };
            let us = |record: &str| {
                let row = self.row(record, set, case.name)?;
                number(row, "batch_us").or_else(|| number(row, "ms").map(|ms| ms * 1e3))
            };
            let marked =
                |us: Option<f64>| us.map(|us| if us < best.value { format!("**{}**", figure(us)) } else { figure(us) });
            let _ = writeln!(
                table,
                "| {} | {} | {} | {} ({}) | {} |",
                case.name,
                or_dash(marked(us(cuda))),
                or_dash(marked(us(opencl))),
                best.value,
                best.peer,
                or_dash(us(cuda).map(|us| format!("{} ×", figure(best.value / us)))),
            );
            debug_assert!(known.target > 0.0);
        }
        Ok(table + &self.count(set, &[cuda, opencl]))
    }

    /// A record of `peers/side_by_side.py`.
    fn side_by_side(&self, record: &str, set: &str) -> Block {
        let cases = self.set(record, set)?["cases"].as_object().ok_or("the record has no cases")?;
        let document = self.document(record)?;
        let keys =
            |key: &str| -> Vec<&String> { document[key].as_object().into_iter().flat_map(|map| map.keys()).collect() };
        let (devices, libraries) = (keys("ours"), keys("versions"));
        let on_gpu =
            document["ours"].as_object().into_iter().flat_map(|map| map.values()).any(|about| about["is_gpu"] == true);
        let milliseconds = |timing: &Json| side_by_side_ms(timing, set, on_gpu);
        // On a CPU pyclesperanto is a rival of its own, of each of our devices.
        let is_rival = |name: &&&String| !on_gpu && name.starts_with("cle");
        let rivals: Vec<&String> = libraries.iter().filter(is_rival).copied().collect();
        let mut columns: Vec<String> = devices.iter().map(|device| format!("Kernwerk, {device}")).collect();
        columns.extend(libraries.iter().map(ToString::to_string));
        columns.extend(["ratio".to_owned(), "wanted".to_owned()]);
        columns.extend(rivals.iter().flat_map(|rival| devices.iter().map(move |device| format!("{rival} / {device}"))));
        let mut table = format!("| case | {} |\n|---|{}\n", columns.join(" | "), "--:|".repeat(columns.len()));
        let (mut met, mut judged) = (0, 0);
        for case in CASES.iter().filter(|case| cases.contains_key(case.name)) {
            let row = &cases[case.name];
            let cell = |timing: &Json| or_dash(milliseconds(timing).map(figure));
            let ours: String =
                devices.iter().map(|device| format!(" {} |", cell(&row["ours"][device.as_str()]))).collect();
            let theirs: String = libraries
                .iter()
                .map(|name| {
                    let differs = document["checks"][name.as_str()][case.name]["agree"] == false;
                    format!(" {}{} |", cell(&row["peers"][name.as_str()]), if differs { "\\*" } else { "" })
                })
                .collect();
            let ratio = number(row, "ratio");
            if ratio.is_some() {
                judged += 1;
                met += usize::from(row["met"] == true);
            }
            let shown =
                ratio.map(|ratio| if row["met"] == true { format!("**{}**", figure(ratio)) } else { figure(ratio) });
            let wanted = number(row, "ratio_target").map(|target| format!("{target}"));
            let mut line = format!("| {} |{ours}{theirs} {} | {} |", case.name, or_dash(shown), or_dash(wanted));
            for rival in &rivals {
                for device in &devices {
                    let pair =
                        milliseconds(&row["peers"][rival.as_str()]).zip(milliseconds(&row["ours"][device.as_str()]));
                    let _ = write!(line, " {} |", or_dash(pair.map(|(theirs, ours)| figure(theirs / ours))));
                }
            }
            let _ = writeln!(table, "{line}");
        }
        let _ = writeln!(table, "\n{met} of {judged} rows meet their ratio.");
        let mut differing = String::new();
        for name in &libraries {
            for (case, outcome) in document["checks"][name.as_str()].as_object().into_iter().flatten() {
                if outcome["agree"] == false {
                    let _ = writeln!(differing, "* \\* {name}, {case}: {}", outcome["about"].as_str().unwrap_or(""));
                }
            }
        }
        if !differing.is_empty() {
            let _ = write!(table, "\nMarked libraries give another result than ours:\n\n{differing}");
        }
        Ok(table)
    }

    fn versions(&self, record: &str) -> Block {
        let document = self.document(record)?;
        let versions = document["versions"].as_object().into_iter().flat_map(|map| map.values());
        Ok(versions.filter_map(Json::as_str).collect::<Vec<_>>().join("; ") + ".\n")
    }

    /// What misses its target on any of these records, by how much, and why.
    fn short(&self, set: &str, records: &[&str]) -> Block {
        let mut backends = Vec::new();
        for record in records {
            backends.push(self.document(record)?["device"]["backend"].as_str().unwrap_or(record));
        }
        let mut table =
            format!("| case | {} | why |\n|---|{}---|\n", backends.join(" | "), "--:|".repeat(records.len()));
        let mut any = false;
        for case in CASES {
            let rows: Vec<Option<&Json>> = records.iter().map(|record| self.row(record, set, case.name)).collect();
            let missed = |row: &Option<&Json>| row.is_some_and(|row| row["met"] == false);
            let Some(first) = rows.iter().position(missed) else { continue };
            any = true;
            let cells: String = rows
                .iter()
                .map(|row| {
                    let row = row.filter(|row| row["met"] == false)?;
                    let is = number(row, if set == "large" { "multiple" } else { "batch_us" })?;
                    Some(format!(" {} of {} |", figure(is), figure(number(row, "target")?)))
                })
                .map(|cell| cell.unwrap_or_else(|| " – |".into()))
                .collect();
            let reason = self.reason(case.name, records[first]).unwrap_or("not yet known");
            let _ = writeln!(table, "| {} |{cells} {reason} |", case.name);
        }
        Ok(if any { table } else { "Nothing.\n".into() })
    }

    /// The plots: file name and text.
    pub fn plots(&self) -> Vec<(String, String)> {
        let mut plots = Vec::new();
        let (cuda, opencl) = ("h200-cuda", "h200-opencl");
        if self.set(cuda, "large").is_ok() {
            let rows: Vec<Bar> = CASES.iter().filter_map(|case| self.bar(case, cuda, opencl)).collect();
            let title = "512 × 1024 × 1024 on one NVIDIA H200: time as a multiple of a copy of the input image";
            plots.push(("performance-large.svg".to_owned(), bars(title, &["CUDA", "OpenCL"], &rows)));
        }
        for (parameter, file, label) in
            [("voxels", "performance-voxels.svg", "voxels"), ("radius", "performance-radius.svg", "radius or sigma")]
        {
            let made = self.sweep_panels(parameter);
            if !made.is_empty() {
                plots.push((file.to_owned(), panels("Cost", label, "nanoseconds per voxel", &made, 3)));
            }
        }
        plots
    }

    fn bar(&self, case: &Case, cuda: &str, opencl: &str) -> Option<Bar> {
        let known = peers(case.name)?;
        let row = self.row(cuda, "large", case.name)?;
        let arithmetic = number(row, "floor_arithmetic").unwrap_or(0.0);
        Some(Bar {
            name: case.name.to_owned(),
            ours: vec![
                number(row, "multiple"),
                self.row(opencl, "large", case.name).and_then(|row| number(row, "multiple")),
            ],
            peer: Some((known.large.value, known.large.peer.to_owned())),
            floor: Some(case.memory_floor().max(arithmetic)),
            target: Some(known.target),
        })
    }

    /// A panel per swept call, a line per record that has a sweep; `radius` stands for sigma too.
    fn sweep_panels(&self, parameter: &str) -> Vec<Panel> {
        let mut found: BTreeMap<(usize, String), Lines> = BTreeMap::new();
        for document in self.documents.values() {
            let about = &document["device"];
            let (backend, name) = (about["backend"].as_str().unwrap_or("?"), about["name"].as_str().unwrap_or("?"));
            let device = if backend == "cpu" { "native CPU".to_owned() } else { format!("{backend}, {name}") };
            for point in document["sweep"].as_array().into_iter().flatten() {
                let over_voxels = point["parameter"] == "voxels";
                let (Some(value), Some(ms), Some(family)) =
                    (number(point, "value"), number(point, "ms"), point["family"].as_str())
                else {
                    continue;
                };
                if over_voxels != (parameter == "voxels") {
                    continue;
                }
                let voxels: f64 = point["shape"].as_array().into_iter().flatten().filter_map(Json::as_f64).product();
                let family = FAMILIES.iter().position(|known| *known == family).unwrap_or(FAMILIES.len());
                let name = point["name"].as_str().unwrap_or("?").to_owned();
                let lines = found.entry((family, name)).or_default();
                lines.entry(device.clone()).or_default().push((value, ms * 1e6 / voxels));
            }
        }
        let series = |lines: Lines| lines.into_iter().map(|(name, points)| Series { name, points }).collect();
        found.into_iter().map(|((_, title), lines)| Panel { title, series: series(lines) }).collect()
    }
}

fn small_best(set: &str, case: &str) -> Option<Best> {
    let known = peers(case)?;
    if set == "small2d" { known.small2d } else { known.small3d }
}

/// The milliseconds that count, as in `side_by_side.py`.
fn side_by_side_ms(timing: &Json, set: &str, on_gpu: bool) -> Option<f64> {
    let ms = number(timing, "ms")?;
    let batch = number(timing, "batch_us").map(|us| us / 1e3);
    Some(match batch {
        _ if !on_gpu => ms.min(number(timing, "min_ms").unwrap_or(ms)),
        Some(batch) if set.starts_with("small") => batch,
        Some(batch) => ms.min(batch),
        None => ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn records() -> Records {
        let row =
            json!({"name": "gauss_s2_f32", "multiple": 2.0, "floor_arithmetic": 0.8, "target": 1.8, "met": false});
        let document = json!({"device": {"backend": "cuda", "name": "H"}, "sets": [{"set": "large", "shape": [1], "cases": [row]}]});
        let mut records = Records::default();
        records.documents.insert("a".into(), document);
        records.reasons.insert(("gauss_s2_f32".into(), "*".into()), "registers".into());
        records
    }

    #[test]
    fn blocks_are_rewritten_and_the_rest_is_kept() {
        let page =
            "one\n<!-- report: short large a -->\nold\n<!-- end -->\ntwo\n<!-- report: device b --><!-- end -->\n";
        let written = records().rewrite(page).unwrap();
        assert!(written.starts_with("one\n<!-- report: short large a -->\n\n| case"));
        assert!(written.contains("| gauss_s2_f32 | 2.00 of 1.80 | registers |"));
        assert!(
            !written.contains("old") && written.contains("two\n") && written.contains("*`b` is not measured yet.*")
        );
        assert_eq!(records().rewrite(&written).unwrap(), written);
    }

    #[test]
    fn the_page_and_the_plots_are_what_the_records_say() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (path, text) in files(root).unwrap() {
            let known = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(known == text, "{} is old: cargo run --release -p kernwerk-benches --bin report", path.display());
        }
    }

    #[test]
    fn mistakes_are_told() {
        assert!(records().rewrite("<!-- report: device a -->").unwrap_err().contains("no end"));
        assert!(records().rewrite("<!-- report: x --><!-- end -->").unwrap_err().contains("not a kind"));
    }
}
