//! What a server of the host's folders answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use metal_backend::ninep::Kind;
use metal_backend::ninep::decode::open;
use metal_backend::ninep::encode::Request;

const KINDS: [Kind; 8] = [
    Kind::Version,
    Kind::Walk,
    Kind::GetAttr,
    Kind::ReadDir,
    Kind::Read,
    Kind::ReadLink,
    Kind::LOpen,
    Kind::Write,
];

fuzz_target!(|data: &[u8]| {
    let (Some(&kind), Some(&tag)) = (data.get(4), data.get(5)) else { return };
    for request in KINDS.map(|kind| Request { kind, tag: tag.into(), len: 0 }) {
        let fields = match open(data, request) {
            Ok(fields) => fields,
            Err(error) => {
                assert!((1..=4095).contains(&error.0));
                continue;
            }
        };
        assert_eq!(kind, request.kind as u8 + 1);
        let fresh = || fields;
        match request.kind {
            Kind::Version => drop(fresh().version()),
            Kind::Walk => drop(fresh().walked()),
            Kind::GetAttr => drop(fresh().attributes(1)),
            Kind::ReadDir => {
                let mut entries = Vec::new();
                let _ = fresh().entries(&mut entries);
                for entry in entries {
                    assert!(
                        !entry.name.is_empty() && !entry.name.contains(&b'/') && !entry.name.contains(&0)
                    );
                }
            }
            Kind::Read => {
                assert!(fresh().data().is_ok_and(|read| read.len() < data.len()) || fresh().data().is_err())
            }
            Kind::ReadLink => drop(fresh().string()),
            Kind::LOpen => drop(fresh().qid()),
            _ => drop(fresh().word()),
        }
    }
});
