//! Values of another database as the text that `COPY` reads, by the type of the column that gets
//! them.

use std::fmt::Write as _;

use jiff::Timestamp;
use store::Cell;
use uuid::Uuid;

use super::error::ImportError;
use crate::column::at;

/// The types that the columns of this schema have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    /// From milliseconds.
    Time,
    Flag,
    Number,
    Text,
    Bytes,
    Json,
    /// From a JSON array.
    Numbers,
}

impl Kind {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "uuid" => Self::Uuid,
            "timestamptz" => Self::Time,
            "bool" => Self::Flag,
            "int2" | "int4" | "int8" => Self::Number,
            "text" => Self::Text,
            "bytea" => Self::Bytes,
            "json" | "jsonb" => Self::Json,
            "_int2" => Self::Numbers,
            _ => return None,
        })
    }

    /// `None` where the value cannot be of this type.
    fn encode(self, cell: &Cell) -> Option<String> {
        Some(match (self, cell) {
            (Self::Uuid, Cell::Bytes(bytes)) => Uuid::from_slice(bytes).ok()?.to_string(),
            (Self::Time, Cell::Integer(millis)) => {
                at(Timestamp::from_millisecond(*millis).ok()?).to_string()
            }
            (Self::Flag, Cell::Integer(flag)) => (if *flag == 0 { "f" } else { "t" }).to_owned(),
            (Self::Number, Cell::Integer(number)) => number.to_string(),
            (Self::Text | Self::Json, Cell::Text(text)) => text.clone(),
            // A request's id is kept as its 16 bytes where this program made it.
            (Self::Text, Cell::Bytes(bytes)) => Uuid::from_slice(bytes).ok()?.simple().to_string(),
            (Self::Bytes, Cell::Bytes(bytes)) => {
                bytes.iter().fold("\\x".to_owned(), |mut text, byte| {
                    let Ok(()) = write!(text, "{byte:02x}") else {
                        unreachable!("a text is written into memory")
                    };
                    text
                })
            }
            (Self::Numbers, Cell::Text(text)) => {
                let numbers: Vec<i16> = serde_json::from_str(text).ok()?;
                let numbers: Vec<String> = numbers.iter().map(i16::to_string).collect();
                format!("{{{}}}", numbers.join(","))
            }
            _ => return None,
        })
    }
}

/// A table that is being filled.
#[derive(Debug)]
pub struct Target {
    pub(super) table: String,
    pub(super) columns: Vec<(String, Kind)>,
}

impl Target {
    /// In the order in which rows have to be passed on.
    pub fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).collect()
    }

    /// A line of `COPY`'s text format.
    pub(super) fn write(&self, row: &[Cell], text: &mut String) -> Result<(), ImportError> {
        for (index, ((column, kind), cell)) in self.columns.iter().zip(row).enumerate() {
            if index > 0 {
                text.push('\t');
            }
            if *cell == Cell::Null {
                text.push_str("\\N");
                continue;
            }
            let (table, column) = (&self.table, column);
            let value = kind.encode(cell).ok_or_else(|| ImportError::Value {
                table: table.clone(),
                column: column.clone(),
            })?;
            for letter in value.chars() {
                match letter {
                    '\\' => text.push_str("\\\\"),
                    '\t' => text.push_str("\\t"),
                    '\n' => text.push_str("\\n"),
                    '\r' => text.push_str("\\r"),
                    other => text.push(other),
                }
            }
        }
        text.push('\n');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_text() {
        let kinds = [
            ("uuid", Cell::Bytes(vec![0; 16]), "00000000-0000-0000-0000-000000000000"),
            ("timestamptz", Cell::Integer(1_500), "1970-01-01T00:00:01.5Z"),
            ("bool", Cell::Integer(1), "t"),
            ("int8", Cell::Integer(-3), "-3"),
            ("text", Cell::Text("a\tb\\c\nd".to_owned()), "a\\tb\\\\c\\nd"),
            ("text", Cell::Bytes(vec![1; 16]), "01010101010101010101010101010101"),
            ("bytea", Cell::Bytes(vec![0xab, 1]), "\\\\xab01"),
            ("_int2", Cell::Text("[1, 20]".to_owned()), "{1,20}"),
            ("jsonb", Cell::Text("{}".to_owned()), "{}"),
            ("text", Cell::Null, "\\N"),
        ];
        let columns = kinds.iter().map(|(kind, ..)| ("c".to_owned(), Kind::named(kind).unwrap()));
        let target = Target { table: "t".to_owned(), columns: columns.collect() };
        let row: Vec<Cell> = kinds.iter().map(|(_, cell, _)| cell.clone()).collect();
        let mut text = String::new();
        target.write(&row, &mut text).unwrap();
        let expected: Vec<&str> = kinds.iter().map(|(.., text)| *text).collect();
        assert_eq!(text, expected.join("\t") + "\n");
    }

    #[test]
    fn what_cannot_be_one_is_told_with_its_column() {
        let target = Target { table: "t".to_owned(), columns: vec![("c".to_owned(), Kind::Uuid)] };
        let told = target.write(&[Cell::Integer(1)], &mut String::new()).unwrap_err().to_string();
        assert_eq!(told, "table t, column c: a value that cannot be one");
    }
}
