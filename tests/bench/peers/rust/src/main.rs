// The Rust peer of bench translate: its mapping, asked for over pipes. See ../../../README.md.
use peer::{translate, Read};
use std::io::{BufRead, Write};

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
