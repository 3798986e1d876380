//! A server that knows its users by credentials: an operator signs accounts, an account signs users, and a user has a
//! file with what was signed and a seed. openssl makes the keys and the signatures.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::access::{kept_out, let_in};
use crate::server::{Folder, Server};
use crate::{deadline, options};

const OPERATOR: u8 = 14 << 3;
const ACCOUNT: u8 = 0;
const USER: u8 = 20 << 3;
const SEED: u8 = 18 << 3;

/// A pair of keys, in the forms that NATS gives them.
struct Keys {
    file: PathBuf,
    public: String,
    seed: String,
}

impl Keys {
    fn new(folder: &Folder, name: &str, role: u8) -> Keys {
        let file = folder.path().join(name);
        let path = file.display().to_string();
        openssl(&["genpkey", "-algorithm", "ed25519", "-out", &path]);
        let last_32 = |der: Vec<u8>| der[der.len() - 32..].to_vec();
        let public = last_32(openssl(&["pkey", "-in", &path, "-pubout", "-outform", "DER"]));
        let private = last_32(openssl(&["pkey", "-in", &path, "-outform", "DER"]));
        let seed = [vec![SEED | role >> 5, (role & 31) << 3], private].concat();
        Keys { file, public: checked_base32([vec![role], public].concat()), seed: checked_base32(seed) }
    }

    /// What these keys say of others.
    fn sign(&self, subject: &Keys, claims: &str) -> String {
        let (issuer, subject) = (&self.public, &subject.public);
        let claims =
            format!(r#"{{"jti":"1","iat":1,"iss":"{issuer}","sub":"{subject}","name":"test","nats":{claims}}}"#);
        let text = format!("{}.{}", base64(br#"{"typ":"JWT","alg":"ed25519-nkey"}"#), base64(claims.as_bytes()));
        let file = self.file.with_extension("text");
        fs::write(&file, &text).expect("a file");
        let [key, text_file] = [&self.file, &file].map(|path| path.display().to_string());
        let signature = openssl(&["pkeyutl", "-sign", "-rawin", "-inkey", &key, "-in", &text_file]);
        format!("{text}.{}", base64(&signature))
    }
}

fn openssl(arguments: &[&str]) -> Vec<u8> {
    let done = Command::new("openssl").args(arguments).output().expect("the program openssl is there");
    assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

fn checked_base32(mut bytes: Vec<u8>) -> String {
    let step = |crc: u16, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
    let crc = bytes.iter().fold(0, |crc, byte| (0..8).fold(crc ^ u16::from(*byte) << 8, step));
    bytes.extend(crc.to_le_bytes());
    digits(&bytes, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

fn base64(bytes: &[u8]) -> String {
    digits(bytes, 6, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}

/// Each so many bits are a digit.
fn digits(bytes: &[u8], bits: usize, alphabet: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let digit = |at: usize| (0..bits).fold(0, |digit, more| digit << 1 | bit(at + more));
    (0..bytes.len() * 8).step_by(bits).map(|at| char::from(alphabet[digit(at)])).collect()
}

#[test]
fn digits_are_the_standards() {
    assert_eq!(digits(b"foobar", 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), "MZXW6YTBOI");
    assert_eq!(base64(b"fooba"), "Zm9vYmE");
}

/// The file that a user is given.
fn credentials(folder: &Folder, name: &str, jwt: &str, seed: &str) -> PathBuf {
    let mut text = String::new();
    for (what, content) in [("NATS USER JWT", jwt), ("USER NKEY SEED", seed)] {
        let _ = write!(text, "-----BEGIN {what}-----\n{content}\n------END {what}------\n\n");
    }
    let file = folder.path().join(name);
    fs::write(&file, text).expect("a file");
    file
}

#[test]
fn a_file_of_credentials() {
    let _deadline = deadline(60);
    let folder = Folder::new();
    let [operator, system, account, user, other] =
        [("o", OPERATOR), ("s", ACCOUNT), ("a", ACCOUNT), ("u", USER), ("x", ACCOUNT)]
            .map(|(name, role)| Keys::new(&folder, name, role));
    let of_operator = operator.sign(&operator, r#"{"type":"operator","version":2}"#);
    let everything = r#"{"limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1,
        "mem_storage":-1,"disk_storage":-1,"streams":-1,"consumer":-1},"type":"account","version":2}"#;
    let of_account = operator.sign(&account, everything);
    let of_system = operator.sign(&system, r#"{"limits":{"subs":-1,"conn":-1},"type":"account","version":2}"#);
    let user_claims = r#"{"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"type":"user","version":2}"#;
    let server = Server::with(&format!(
        "operator: {of_operator}\nsystem_account: {}\nresolver: MEMORY\n\
         resolver_preload: {{ {}: {of_account}, {}: {of_system} }}",
        system.public, account.public, system.public
    ));
    let good = credentials(&folder, "good.creds", &account.sign(&user, user_claims), &user.seed);
    let_in(options(&server.url()).credentials(good));
    // Signed by an account that the operator does not know.
    let bad = credentials(&folder, "bad.creds", &other.sign(&user, user_claims), &user.seed);
    kept_out(&options(&server.url()).credentials(bad), "authorization");
    kept_out(&options(&server.url()), "authorization");
}
