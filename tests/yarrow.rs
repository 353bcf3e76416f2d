//! The generator of random numbers against an implementation that shares nothing with it.

use abi_core::random::yarrow::{Reseed, Yarrow};
use osvrun_tests::model::{Model, aes256, hex, sha256};

#[test]
fn the_models_primitives_are_the_standards() {
    // FIPS 180-4's examples, and the lengths around a block's end.
    assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(
        hex(&sha256(b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    );
    assert_eq!(hex(&sha256(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hex(&sha256(&[b'a'; 64])), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    // FIPS 197, C.3.
    let key = std::array::from_fn(|i| i as u8);
    let block = std::array::from_fn(|i| (i * 0x11) as u8);
    assert_eq!(hex(&aes256(&key, block)), "8ea2b7ca516745bfeafc49904b496089");
}

/// Numbers that look random, the same each time.
struct Script(u64);

impl Script {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) % bound
    }
}

#[test]
fn it_does_what_the_model_does() {
    let (mut yarrow, mut model) = (Yarrow::default(), Model::default());
    let mut script = Script(20261126);
    let (mut fast, mut slow) = (0, 0);
    for step in 0..600 {
        if script.below(3) > 0 {
            let source = script.below(8) as usize;
            let sample: Vec<u8> = (0..script.below(80)).map(|_| script.below(256) as u8).collect();
            let bits = script.below(90) as u32;
            yarrow.add(source, &sample, bits);
            model.add(source, &sample, bits);
        }
        let reseed = yarrow.reseed_if_due();
        fast += usize::from(reseed == Some(Reseed::Fast));
        slow += usize::from(reseed == Some(Reseed::Slow));
        let name = reseed.map(|which| if which == Reseed::Fast { "fast" } else { "slow" });
        assert_eq!(name, model.reseed(), "step {step}");
        let len = match script.below(8) {
            // Around the block where the gate closes by itself.
            0 => 64 * 16 - 8 + script.below(32) as usize,
            _ => script.below(70) as usize,
        };
        let mut out = vec![0; len];
        yarrow.generate(&mut out);
        assert_eq!(hex(&out), hex(&model.generate(len)), "step {step}, {len} bytes");
    }
    assert!(fast >= 5 && slow >= 5, "{fast} fast and {slow} slow reseeds");
}

#[test]
fn long_requests_pass_several_gates() {
    let (mut yarrow, mut model) = (Yarrow::default(), Model::default());
    yarrow.add(2, b"seed", 100);
    model.add(2, b"seed", 100);
    assert!(yarrow.reseed_if_due().is_some() && model.reseed().is_some());
    for len in [4096, 1024, 1023, 1025, 2048 + 16, 1, 0, 16] {
        let mut out = vec![0; len];
        yarrow.generate(&mut out);
        assert_eq!(hex(&out), hex(&model.generate(len)), "{len} bytes");
    }
}
