// The Rust peer: quick-xml and serde_json to prost, by hand. See ../../../README.md.
mod check;
mod pole;
mod spi;

use prost::Message;
use std::io::{BufRead, Write};

pub mod dcf {
    include!(concat!(env!("OUT_DIR"), "/dcf.v1.rs"));
}

/// Why a document is refused.
pub type Fault = Box<dyn std::error::Error>;
pub type Read<T> = Result<T, Fault>;

/// What of the envelope every document has.
pub fn envelope(dialect: &str, message: &str, media_type: &str, size: usize) -> dcf::Envelope {
    dcf::Envelope {
        schema_version: 1,
        native: Some(dcf::Native {
            dialect: dialect.into(),
            mapping_version: "1".into(),
            message: message.into(),
            media_type: media_type.into(),
            size: size as u64,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn translate(form: &str, document: &[u8], out: &mut Vec<u8>) -> Read<()> {
    let envelope = if form == "spi" { spi::read(document)? } else { pole::read(document)? };
    out.clear();
    envelope.encode(out)?;
    Ok(())
}

fn main() -> Read<()> {
    let (mut form, mut document, mut out) = (String::new(), Vec::new(), Vec::new());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["load", f, path] => {
                form = f.into();
                document = std::fs::read(path)?;
            }
            ["pack", path] => {
                translate(&form, &document, &mut out)?;
                std::fs::write(path, &out)?;
            }
            ["run", times] => {
                for _ in 0..times.parse::<u64>()? {
                    translate(&form, &document, &mut out)?;
                }
            }
            _ => return Err("what?".into()),
        }
        println!("ok");
        std::io::stdout().flush()?;
    }
    Ok(())
}
