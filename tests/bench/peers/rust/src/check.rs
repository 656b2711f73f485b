// Values: identifiers with their check letters, dates, codes; what is no good is refused.
use crate::Read;

const LETTERS: &[u8; 23] = b"ZABCDEFGHJKLMNPQRTUVWXY";

fn digits(s: &[u8]) -> bool {
    s.iter().all(u8::is_ascii_digit)
}

fn code(s: &[u8]) -> bool {
    s.iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
}

fn feed(rest: u32, number: &[u8]) -> u32 {
    number.iter().fold(rest, |r, d| (r * 10 + u32::from(d - b'0')) % 23)
}

fn when<'a>(good: bool, s: &'a str, what: &str) -> Read<&'a str> {
    if good { Ok(s) } else { Err(what.into()) }
}

pub fn urn(s: &str) -> Read<&str> {
    let b = s.trim().as_bytes();
    let short = b.len() >= 7 && b.len() < 11 && code(&b[..4]) && digits(&b[4..]);
    when((b.len() == 11 && code(b)) || short, s.trim(), "urn")
}

pub fn asn(s: &str) -> Read<&str> {
    let b = s.trim().as_bytes();
    let form = b.len() == 20 && digits(&b[..2]) && code(&b[2..8]) && digits(&b[8..19]);
    if !form {
        return Err("asn".into());
    }
    let mut rest = 0;
    if digits(&b[2..4]) {
        rest = feed(rest, &b[2..4]);
    }
    if digits(&b[6..8]) {
        rest = feed(rest, &b[6..8]);
    }
    rest = feed(feed(rest, &b[..2]), &b[8..19]);
    when(LETTERS[rest as usize] == b[19], s.trim(), "asn letter")
}

pub fn pnc(s: &str) -> Read<&str> {
    let b = s.trim().as_bytes();
    if b.len() != 12 || !digits(&b[..11]) {
        return Err("pnc".into());
    }
    let letter = LETTERS[feed(feed(0, &b[2..4]), &b[4..11]) as usize];
    when(letter == b[11], s.trim(), "pnc letter")
}

pub fn ou(s: &str) -> Read<&str> {
    let b = s.trim().as_bytes();
    when((b.len() == 6 || b.len() == 7) && code(b), s.trim(), "ou")
}

pub fn offence(s: &str) -> Read<&str> {
    let b = s.trim().as_bytes();
    let form = b.len() >= 7 && b[..2].iter().all(u8::is_ascii_uppercase) && digits(&b[2..7]);
    let suffix = b.len() == 7 || (b.len() == 8 && b"ABCI".contains(&b[7]));
    when(form && suffix, s.trim(), "offence")
}

pub fn phone(s: &str) -> Read<&str> {
    let b = s.trim().as_bytes();
    let good = b.iter().all(|c| c.is_ascii_digit() || b" +-()./".contains(c));
    when(good && b.len() <= 35, s.trim(), "phone")
}

pub fn email(s: &str) -> Read<&str> {
    let b = s.trim().as_bytes();
    let ats = b.iter().filter(|c| **c == b'@').count();
    when(ats == 1 && b.len() <= 254 && b.iter().all(|c| *c > b' '), s.trim(), "email")
}

fn number(s: &[u8]) -> u32 {
    s.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0'))
}

fn is_date(b: &[u8]) -> bool {
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' || !digits(&b[..4]) {
        return false;
    }
    if !digits(&b[5..7]) || !digits(&b[8..]) {
        return false;
    }
    let (year, month, day) = (number(&b[..4]), number(&b[5..7]), number(&b[8..]));
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = [31, 28 + u32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    (1..=12).contains(&month) && day >= 1 && day <= days[month as usize - 1]
}

pub fn date(s: &str) -> Read<&str> {
    when(is_date(s.trim().as_bytes()), s.trim(), "date")
}

fn is_time(b: &[u8]) -> bool {
    b.len() == 8
        && b[2] == b':'
        && b[5] == b':'
        && digits(&b[..2])
        && digits(&b[3..5])
        && digits(&b[6..])
        && number(&b[..2]) < 24
        && number(&b[3..5]) < 60
        && number(&b[6..]) < 61
}

pub fn time(s: &str) -> Read<&str> {
    when(is_time(s.trim().as_bytes()), s.trim(), "time")
}

/// Date, T, time, fraction, Z.
pub fn date_time(s: &str) -> Read<&str> {
    let b = s.trim().as_bytes();
    let good = b.len() >= 19 && is_date(&b[..10]) && b[10] == b'T' && is_time(&b[11..19]);
    when(good && b.ends_with(b"Z"), s.trim(), "datetime")
}

/// At most so many characters.
pub fn short(s: &str, max: usize) -> Read<&str> {
    when(s.len() <= max || s.chars().count() <= max, s, "too long")
}

pub fn integer(s: &str) -> Read<&str> {
    let s = s.trim();
    when(!s.is_empty() && digits(s.as_bytes()), s, "integer")
}

/// A code by its table.
pub fn coded<T: Copy>(table: &[(&str, T)], s: &str) -> Read<T> {
    let s = s.trim();
    match table.iter().find(|row| row.0 == s) {
        Some(row) => Ok(row.1),
        None => Err("code".into()),
    }
}
