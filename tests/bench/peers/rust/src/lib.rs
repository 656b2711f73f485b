// The mapping of the Rust peer: quick-xml and serde_json to prost, by hand. See ../../../README.md.
mod check;
mod pole;
mod spi;

use prost::Message;

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

/// out becomes the packed envelope.
pub fn translate(form: &str, document: &[u8], out: &mut Vec<u8>) -> Read<()> {
    let envelope = if form == "spi" { spi::read(document)? } else { pole::read(document)? };
    out.clear();
    envelope.encode(out)?;
    Ok(())
}
