//! Tables: named columns of numbers, as CSV or JSON files and as text for a terminal.

use super::{Fault, IoError, atomic};
use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Integers, such as labels and counts.
    Integer(Vec<i64>),
    /// Measured values.
    Float(Vec<f64>),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Column::Integer(values) => values.len(),
            Column::Float(values) => values.len(),
        }
    }

    /// A value with all its digits.
    fn exact(&self, row: usize) -> String {
        match self {
            Column::Integer(values) => values[row].to_string(),
            Column::Float(values) => exact_float(values[row]),
        }
    }

    fn json(&self, row: usize) -> String {
        match self {
            Column::Float(values) if !values[row].is_finite() => "null".to_owned(),
            column => column.exact(row),
        }
    }

    /// A value for reading: six significant digits.
    fn short(&self, row: usize) -> String {
        match self {
            Column::Integer(values) => values[row].to_string(),
            Column::Float(values) => short_float(values[row]),
        }
    }
}

/// A table. Invariant: all columns have the same number of rows, and their names differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableData {
    columns: Vec<(String, Column)>,
}

impl TableData {
    /// A table from its columns.
    ///
    /// # Errors
    /// If the columns have different numbers of rows, or two have the same name.
    pub fn new(columns: Vec<(String, Column)>) -> Result<TableData, IoError> {
        let mut names = HashSet::new();
        for (name, column) in &columns {
            if !names.insert(name) {
                return Err(IoError::Table { problem: format!("there are two columns `{name}`") });
            }
            let rows = columns[0].1.len();
            if column.len() != rows {
                let problem =
                    format!("the column `{name}` has {} rows, and `{}` has {rows}", column.len(), columns[0].0);
                return Err(IoError::Table { problem });
            }
        }
        Ok(TableData { columns })
    }

    /// The columns and their names.
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    /// The table as CSV with a header, quoted as in RFC 4180.
    ///
    /// Lines end in LF alone, as pandas and R write them, so that `cut` and `awk` see no stray carriage return.
    /// Floats have all their digits; values that are no number are `nan`, `inf` and `-inf`.
    pub fn to_csv(&self) -> String {
        let names = self.columns.iter().map(|(name, _)| quoted(name));
        let mut text = names.collect::<Vec<_>>().join(",");
        text.push('\n');
        for row in 0..self.rows() {
            for (index, (_, column)) in self.columns.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&column.exact(row));
            }
            text.push('\n');
        }
        text
    }

    /// The table as a JSON array with one object per row. Values that are no number are `null`, as JSON has none.
    pub fn to_json(&self) -> String {
        let keys: Vec<String> =
            self.columns.iter().map(|(name, _)| serde_json::Value::from(name.as_str()).to_string()).collect();
        let mut text = String::from("[");
        for row in 0..self.rows() {
            text.push_str(if row == 0 { "\n  {" } else { ",\n  {" });
            for (index, (key, (_, column))) in keys.iter().zip(&self.columns).enumerate() {
                let _ = write!(text, "{}{key}: {}", if index == 0 { "" } else { ", " }, column.json(row));
            }
            text.push('}');
        }
        text.push_str(if self.rows() == 0 { "]\n" } else { "\n]\n" });
        text
    }

    /// The table in aligned columns, for a terminal.
    pub fn to_text(&self) -> String {
        let cells: Vec<Vec<String>> = self
            .columns
            .iter()
            .map(|(name, column)| {
                std::iter::once(name.clone()).chain((0..self.rows()).map(|row| column.short(row))).collect()
            })
            .collect();
        let width = |column: &Vec<String>| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = cells.iter().map(width).collect();
        let mut text = String::new();
        for row in 0..=self.rows() {
            let line = cells.iter().zip(&widths).map(|(column, &width)| format!("{:>width$}", column[row]));
            let _ = writeln!(text, "{}", line.collect::<Vec<_>>().join("  "));
        }
        text
    }

    /// Writes the table as CSV or JSON, by the ending of the name, replacing `path` only when it is complete.
    ///
    /// # Errors
    /// If the ending is neither `.csv` nor `.json`, or the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), IoError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let text = match ending.as_deref() {
            Some("csv") => self.to_csv(),
            Some("json") => self.to_json(),
            _ => return Err(IoError::Ending { path: path.to_owned(), known: ".csv, .json" }),
        };
        atomic::write_text(path, &text).map_err(|fault: Fault| fault.writing(path))
    }
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// The shortest text that reads back as the same value.
fn exact_float(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{value:?}") }
}

fn short_float(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return exact_float(value);
    }
    let exponent = value.abs().log10().floor();
    if (-4.0..15.0).contains(&exponent) {
        // The digits before the point are all shown: zeros in their place would look exact.
        let decimals = (5.0 - exponent).max(0.0) as usize;
        let text = format!("{value:.decimals$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        let text = format!("{value:.5e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TableData {
        TableData::new(vec![
            ("label".into(), Column::Integer(vec![1, -20])),
            ("mean, \"raw\"".into(), Column::Float(vec![0.1, f64::NAN])),
            ("volume".into(), Column::Float(vec![1e21, 1234.56789])),
        ])
        .unwrap()
    }

    #[test]
    fn csv_and_json() {
        let expected = "label,\"mean, \"\"raw\"\"\",volume\n1,0.1,1e21\n-20,nan,1234.56789\n";
        assert_eq!(table().to_csv(), expected);
        let json: serde_json::Value = serde_json::from_str(&table().to_json()).unwrap();
        assert_eq!(json[1]["label"], -20);
        assert_eq!(json[0]["mean, \"raw\""], 0.1);
        assert!(json[1]["mean, \"raw\""].is_null());
        assert_eq!(TableData::default().to_json(), "[]\n");
    }

    #[test]
    fn text_is_aligned() {
        let expected = "label  mean, \"raw\"   volume\n    1          0.1     1e21\n  -20          nan  1234.57\n";
        assert_eq!(table().to_text(), expected);
    }

    #[test]
    fn short_floats_have_six_digits() {
        for (value, text) in [
            (0.0, "0.0"),
            (1.0, "1"),
            (0.000_123_456_78, "0.000123457"),
            (999_999.7, "1000000"),
            (-0.26, "-0.26"),
            (1e-7, "1e-7"),
            (123_456_789.0, "123456789"),
            (100.0, "100"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(short_float(value), text);
        }
    }

    #[test]
    fn columns_must_fit() {
        let error = TableData::new(vec![("a".into(), Column::Integer(vec![1])), ("b".into(), Column::Float(vec![]))]);
        assert!(error.unwrap_err().to_string().contains("`b` has 0 rows"));
        let twice = vec![("a".to_owned(), Column::Integer(vec![])), ("a".to_owned(), Column::Float(vec![]))];
        assert!(TableData::new(twice).is_err());
    }
}
