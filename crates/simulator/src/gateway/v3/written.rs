//! Writes JSON in the order that the switch `field-order` asks for. The order of names carries no meaning.

use serde_json::Value;

use super::super::Gateway;
use super::super::random::Random;
use super::super::switches::FieldOrder;

impl Gateway {
    /// The text of a message.
    pub(super) fn written_v3(&mut self, value: &Value) -> String {
        match self.switches.field_order {
            FieldOrder::Usual => value.to_string(),
            FieldOrder::Shuffled => shuffled(value, self.ids.random()),
        }
    }
}

fn shuffled(value: &Value, random: &mut Random) -> String {
    match value {
        Value::Object(fields) => {
            let mut written: Vec<(u64, String)> = fields
                .iter()
                .map(|(name, value)| {
                    let (place, value) = (random.next(), shuffled(value, random));
                    (place, format!("{}:{value}", Value::String(name.clone())))
                })
                .collect();
            written.sort();
            let written: Vec<String> = written.into_iter().map(|(_, field)| field).collect();
            format!("{{{}}}", written.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shuffled(item, random)).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}
