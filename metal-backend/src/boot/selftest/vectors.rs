//! What an interrupt must leave alone: the red zone and the vector state.

use core::arch::naked_asm;
use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::backend::{ThreadEntry, ThreadSpec};

use super::{Outcome, check};
use crate::arch::percpu;
use crate::sched::{self, Wait};

static LEFT: AtomicU32 = AtomicU32::new(0);
static BROKEN: AtomicU32 = AtomicU32::new(0);

const ROUNDS: u64 = 2_000_000;

/// Keeps `seed` in the red zone while it counts; returns 0 if it was still there each time.
#[unsafe(naked)]
unsafe extern "C" fn keep_red_zone(seed: u64, rounds: u64) -> u64 {
    naked_asm!(
        "2: mov [rsp - 8], rdi",
        "mov [rsp - 64], rdi",
        "mov [rsp - 128], rdi",
        "mov ecx, 20",
        "3: dec ecx",
        "jne 3b",
        "cmp [rsp - 8], rdi",
        "jne 4f",
        "cmp [rsp - 64], rdi",
        "jne 4f",
        "cmp [rsp - 128], rdi",
        "jne 4f",
        "inc rdi",
        "dec rsi",
        "jne 2b",
        "xor eax, eax",
        "ret",
        "4: mov eax, 1",
        "ret",
    )
}

/// Fills 16 ymm registers from `seed`, mxcsr and the x87 control word, counts, and checks them: returns 0 if none
/// changed. Register n holds n + 1 times the seed.
#[unsafe(naked)]
unsafe extern "C" fn keep_vectors(seed: &[u64; 4], spins: u64, mxcsr: u32, x87: u32) -> u64 {
    naked_asm!(
        "push rcx",
        "push rdx",
        "ldmxcsr [rsp]",
        "fldcw [rsp + 8]",
        "vmovdqu ymm0, [rdi]",
        "vpaddq ymm1, ymm0, ymm0",
        "vpaddq ymm2, ymm1, ymm0",
        "vpaddq ymm3, ymm2, ymm0",
        "vpaddq ymm4, ymm3, ymm0",
        "vpaddq ymm5, ymm4, ymm0",
        "vpaddq ymm6, ymm5, ymm0",
        "vpaddq ymm7, ymm6, ymm0",
        "vpaddq ymm8, ymm7, ymm0",
        "vpaddq ymm9, ymm8, ymm0",
        "vpaddq ymm10, ymm9, ymm0",
        "vpaddq ymm11, ymm10, ymm0",
        "vpaddq ymm12, ymm11, ymm0",
        "vpaddq ymm13, ymm12, ymm0",
        "vpaddq ymm14, ymm13, ymm0",
        "vpaddq ymm15, ymm14, ymm0",
        "2: dec rsi",
        "jne 2b",
        "mov eax, -1",
        "vpsubq ymm15, ymm15, ymm14",
        "vpcmpeqq ymm15, ymm15, ymm0",
        "vpmovmskb ecx, ymm15",
        "and eax, ecx",
        "vpsubq ymm14, ymm14, ymm13",
        "vpcmpeqq ymm14, ymm14, ymm0",
        "vpmovmskb ecx, ymm14",
        "and eax, ecx",
        "vpsubq ymm13, ymm13, ymm12",
        "vpcmpeqq ymm13, ymm13, ymm0",
        "vpmovmskb ecx, ymm13",
        "and eax, ecx",
        "vpsubq ymm12, ymm12, ymm11",
        "vpcmpeqq ymm12, ymm12, ymm0",
        "vpmovmskb ecx, ymm12",
        "and eax, ecx",
        "vpsubq ymm11, ymm11, ymm10",
        "vpcmpeqq ymm11, ymm11, ymm0",
        "vpmovmskb ecx, ymm11",
        "and eax, ecx",
        "vpsubq ymm10, ymm10, ymm9",
        "vpcmpeqq ymm10, ymm10, ymm0",
        "vpmovmskb ecx, ymm10",
        "and eax, ecx",
        "vpsubq ymm9, ymm9, ymm8",
        "vpcmpeqq ymm9, ymm9, ymm0",
        "vpmovmskb ecx, ymm9",
        "and eax, ecx",
        "vpsubq ymm8, ymm8, ymm7",
        "vpcmpeqq ymm8, ymm8, ymm0",
        "vpmovmskb ecx, ymm8",
        "and eax, ecx",
        "vpsubq ymm7, ymm7, ymm6",
        "vpcmpeqq ymm7, ymm7, ymm0",
        "vpmovmskb ecx, ymm7",
        "and eax, ecx",
        "vpsubq ymm6, ymm6, ymm5",
        "vpcmpeqq ymm6, ymm6, ymm0",
        "vpmovmskb ecx, ymm6",
        "and eax, ecx",
        "vpsubq ymm5, ymm5, ymm4",
        "vpcmpeqq ymm5, ymm5, ymm0",
        "vpmovmskb ecx, ymm5",
        "and eax, ecx",
        "vpsubq ymm4, ymm4, ymm3",
        "vpcmpeqq ymm4, ymm4, ymm0",
        "vpmovmskb ecx, ymm4",
        "and eax, ecx",
        "vpsubq ymm3, ymm3, ymm2",
        "vpcmpeqq ymm3, ymm3, ymm0",
        "vpmovmskb ecx, ymm3",
        "and eax, ecx",
        "vpsubq ymm2, ymm2, ymm1",
        "vpcmpeqq ymm2, ymm2, ymm0",
        "vpmovmskb ecx, ymm2",
        "and eax, ecx",
        "vpsubq ymm1, ymm1, ymm0",
        "vpcmpeqq ymm1, ymm1, ymm0",
        "vpmovmskb ecx, ymm1",
        "and eax, ecx",
        "vpcmpeqq ymm1, ymm0, [rdi]",
        "vpmovmskb ecx, ymm1",
        "and eax, ecx",
        "not eax",
        "sub rsp, 16",
        "stmxcsr [rsp]",
        "mov ecx, [rsp]",
        "xor ecx, [rsp + 16]",
        "or eax, ecx",
        "fnstcw [rsp]",
        "mov cx, [rsp]",
        "xor cx, [rsp + 24]",
        "movzx ecx, cx",
        "or eax, ecx",
        "mov dword ptr [rsp], 0x1f80",
        "ldmxcsr [rsp]",
        "mov dword ptr [rsp], 0x37f",
        "fldcw [rsp]",
        "add rsp, 32",
        "vzeroupper",
        "test eax, eax",
        "setne al",
        "movzx eax, al",
        "ret",
    )
}

extern "C" fn vector_thread(number: usize, _: usize) -> ! {
    let n = number as u64;
    let seed = [n * 0x0101_0101_0101, !n, n << 40 | 7, n.wrapping_mul(0x9E37_79B9_7F4A_7C15)];
    let rounding = number as u32 % 4;
    let mut broken = 0;
    for _ in 0..20 {
        // SAFETY: the function keeps to the calling convention; it is run only with AVX2.
        broken |= unsafe { keep_vectors(&seed, 2_000_000, 0x1f80 | rounding << 13, 0x37f | rounding << 10) };
    }
    finish(broken)
}

extern "C" fn red_zone_thread(seed: usize, _: usize) -> ! {
    // SAFETY: the function keeps to the calling convention.
    finish(unsafe { keep_red_zone(seed as u64 * 1_000_003, ROUNDS) })
}

fn finish(broken: u64) -> ! {
    BROKEN.fetch_add(broken as u32, Ordering::SeqCst);
    LEFT.fetch_sub(1, Ordering::SeqCst);
    sched::wake((&raw const LEFT) as usize, 1);
    sched::exit(None)
}

fn run(entry: ThreadEntry) -> Outcome {
    let before: u64 = percpu::all().map(|cpu| cpu.preemptions.load(Ordering::Relaxed)).sum();
    let threads = 2 * percpu::count() + 1;
    BROKEN.store(0, Ordering::SeqCst);
    LEFT.store(threads as u32, Ordering::SeqCst);
    for argument in 1..=threads {
        let spec = ThreadSpec::new(entry, argument, core::ptr::null_mut());
        sched::spawn(&spec).map_err(|_| "no thread")?;
    }
    loop {
        let left = LEFT.load(Ordering::SeqCst);
        if left == 0 {
            break;
        }
        let _ = sched::wait(&LEFT, left, None, Wait::SleepingDeep);
    }
    let after: u64 = percpu::all().map(|cpu| cpu.preemptions.load(Ordering::Relaxed)).sum();
    check(after - before > 20, "hardly any preemption: nothing was tested")?;
    check(BROKEN.load(Ordering::SeqCst) == 0, "it changed under a thread")
}

pub(super) fn the_red_zone_survives_interrupts() -> Outcome {
    run(red_zone_thread)
}

pub(super) fn vector_state_survives_preemption() -> Outcome {
    check(crate::arch::cpu::cpuid(7, 0)[1] & 1 << 5 != 0, "no AVX2 to test with")?;
    run(vector_thread)
}
