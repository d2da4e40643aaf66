//! Tables: named columns of equal length, the result of measurements.
//!
//! Invariant: all columns have the same number of rows and different names.

use serde_json::{Map, Value as Json};

use crate::{Error, Result};

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// One value per row.
    pub values: ColumnValues,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValues {
    /// Whole numbers.
    Integer(Vec<i64>),
    /// Floating-point numbers; NaN where there is no value.
    Float(Vec<f64>),
}

impl ColumnValues {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            ColumnValues::Integer(values) => values.len(),
            ColumnValues::Float(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value in a row as a floating-point number.
    pub fn get(&self, row: usize) -> Option<f64> {
        match self {
            ColumnValues::Integer(values) => values.get(row).map(|&value| value as f64),
            ColumnValues::Float(values) => values.get(row).copied(),
        }
    }

    /// The value in a row as JSON; `null` for NaN, the infinities and rows that do not exist.
    pub fn json(&self, row: usize) -> Json {
        match self {
            ColumnValues::Integer(values) => values.get(row).map_or(Json::Null, |&value| value.into()),
            ColumnValues::Float(values) => values.get(row).map_or(Json::Null, |&value| value.into()),
        }
    }
}

impl From<Vec<i64>> for ColumnValues {
    fn from(values: Vec<i64>) -> ColumnValues {
        ColumnValues::Integer(values)
    }
}

impl From<Vec<f64>> for ColumnValues {
    fn from(values: Vec<f64>) -> ColumnValues {
        ColumnValues::Float(values)
    }
}

impl Table {
    /// A table without columns.
    pub fn new() -> Table {
        Table::default()
    }

    /// The table with one more column.
    ///
    /// # Errors
    /// [`Error::Shape`] if the column has another number of rows than the table, or a name that the table has already.
    pub fn with_column(mut self, name: &str, values: impl Into<ColumnValues>) -> Result<Table> {
        let values = values.into();
        let problem = if self.column(name).is_some() {
            format!("there are two columns `{name}`")
        } else if !self.columns.is_empty() && values.len() != self.rows() {
            format!("the column `{name}` has {} rows, the table has {}", values.len(), self.rows())
        } else {
            self.columns.push(Column { name: name.to_owned(), values });
            return Ok(self);
        };
        Err(Error::Shape { operation: "table".into(), problem, remedy: "give every column one value per row".into() })
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The whole numbers of a column; `None` if there is no such column or it holds floating-point numbers.
    pub fn integers(&self, name: &str) -> Option<&[i64]> {
        match &self.column(name)?.values {
            ColumnValues::Integer(values) => Some(values),
            ColumnValues::Float(_) => None,
        }
    }

    /// The floating-point numbers of a column; `None` if there is no such column or it holds whole numbers.
    pub fn floats(&self, name: &str) -> Option<&[f64]> {
        match &self.column(name)?.values {
            ColumnValues::Float(values) => Some(values),
            ColumnValues::Integer(_) => None,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// The table as JSON: `{"label": [1, 2], "area": [10.0, 12.5]}`, columns in order, `null` where there is no value.
    pub fn to_json(&self) -> Json {
        let column = |column: &Column| {
            let rows = (0..column.values.len()).map(|row| column.values.json(row)).collect();
            (column.name.clone(), Json::Array(rows))
        };
        Json::Object(self.columns.iter().map(column).collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_equally_long_and_keep_their_order() {
        let table = Table::new()
            .with_column("label", vec![1i64, 2])
            .and_then(|table| table.with_column("area", vec![1.5, f64::NAN]))
            .unwrap();
        assert_eq!((table.rows(), table.integers("label"), table.floats("label")), (2, Some(&[1i64, 2][..]), None));
        assert_eq!(table.to_json().to_string(), r#"{"label":[1,2],"area":[1.5,null]}"#);
        assert!(table.clone().with_column("area", vec![0i64, 0]).is_err());
        assert!(table.with_column("more", vec![0i64]).is_err());
    }
}
