//! `$md5`: Sun's rounds of MD5, some of which have Hamlet's soliloquy among their input.

use md5::{Digest, Md5};

use super::{DIGITS, Text, md5::put_hash};

/// Rounds beside those that a setting names.
const ROUNDS: u32 = 4096;

/// Shakespeare's words as Project Gutenberg's second edition has them, and a NUL: the method is defined by these bytes.
const SOLILOQUY: &[u8] = b"To be, or not to be,--that is the question:--
Whether 'tis nobler in the mind to suffer
The slings and arrows of outrageous fortune
Or to take arms against a sea of troubles,
And by opposing end them?--To die,--to sleep,--
No more; and by a sleep to say we end
The heartache, and the thousand natural shocks
That flesh is heir to,--'tis a consummation
Devoutly to be wish'd. To die,--to sleep;--
To sleep! perchance to dream:--ay, there's the rub;
For in that sleep of death what dreams may come,
When we have shuffled off this mortal coil,
Must give us pause: there's the respect
That makes calamity of so long life;
For who would bear the whips and scorns of time,
The oppressor's wrong, the proud man's contumely,
The pangs of despis'd love, the law's delay,
The insolence of office, and the spurns
That patient merit of the unworthy takes,
When he himself might his quietus make
With a bare bodkin? who would these fardels bear,
To grunt and sweat under a weary life,
But that the dread of something after death,--
The undiscover'd country, from whose bourn
No traveller returns,--puzzles the will,
And makes us rather bear those ills we have
Than fly to others that we know not of?
Thus conscience does make cowards of us all;
And thus the native hue of resolution
Is sicklied o'er with the pale cast of thought;
And enterprises of great pith and moment,
With this regard, their currents turn awry,
And lose the name of action.--Soft you now!
The fair Ophelia!--Nymph, in thy orisons
Be all my sins remember'd.
\0";

type Hash = [u8; 16];

fn bit(hash: &Hash, number: u32) -> u32 {
    u32::from(hash[number as usize / 8 % 16]) >> (number % 8) & 1
}

/// Eight bits that are found by way of the bytes from `first` on.
fn eight_bits(hash: &Hash, first: usize) -> u32 {
    (0..8).fold(0, |bits, at| {
        let (byte, other) = (hash[(first + at) % 16], hash[(first + at + 3) % 16]);
        let place = hash[usize::from(byte >> (other % 5)) % 16];
        let halved = other >> (byte % 8) & 1;
        bits | bit(hash, u32::from(place >> halved)) << at
    })
}

/// Decides whether a round has the soliloquy.
fn is_recited(hash: &Hash, round: u32) -> bool {
    let first = eight_bits(hash, 0) >> bit(hash, round);
    let second = eight_bits(hash, 8) >> bit(hash, round.wrapping_add(64));
    bit(hash, first) != bit(hash, second)
}

/// Reads the rounds, if there are any; returns what is behind them, too.
fn rounds_of(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some(number) = rest.strip_prefix(b"rounds=") else { return Some((0, rest)) };
    let end = number.iter().position(|&byte| byte == b'$')?;
    let digits = &number[..end];
    if !matches!(digits.first(), Some(b'1'..=b'9')) {
        return None;
    }
    Some((crate::libc::database::number(digits)?, &number[end + 1..]))
}

/// Hashes a password.
pub(super) fn hash(password: &[u8], setting: &[u8]) -> Option<Text> {
    let rest = setting.strip_prefix(b"$md5$").or_else(|| setting.strip_prefix(b"$md5,"))?;
    let (further, salt) = rounds_of(rest)?;
    let len = salt.iter().take_while(|digit| DIGITS.contains(digit)).count();
    // A dollar belongs to the salt if another, or nothing, is behind it.
    let dollar = match &salt[len..] {
        [] => 0,
        [b'$'] | [b'$', b'$', ..] => 1,
        [b'$', ..] => 0,
        _ => return None,
    };
    let salted = &setting[..setting.len() - salt.len() + len + dollar];
    let mut result: Hash = Md5::new().chain_update(password).chain_update(salted).finalize().into();
    let mut number = [0; 24];
    for round in 0..ROUNDS.wrapping_add(further) {
        let mut next = Md5::new();
        next.update(result);
        if is_recited(&result, round) {
            next.update(SOLILOQUY);
        }
        next.update(crate::libc::stdio::printf::integer::decimal(u64::from(round), &mut number));
        result = next.finalize().into();
    }
    let mut text = Text::EMPTY;
    text.put(salted);
    text.put(b"$");
    put_hash(&mut text, &result);
    Some(text)
}
