//! The machine's clock, which natively would be the host's.

use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::run::{run, text};
use osvrun_tests::{guest, paths};

/// The kernel's C library and the program's own.
const LIBCS: [&str; 2] = ["--libc=native", "--libc=own"];

const SAID: &str = "\
set: ok
1 1 1 1 1 1
file 1
file 1
waiting: 0
a little: ok
left: 1
left: 1
still waiting: 0
over it: ok
clock_nanosleep: 0
sem_timedwait: 110
mutex_timedlock: 110
rwlock_timedwrlock: 110
cond_timedwait: 110
futex: 110
mq_timedreceive: 110
timerfd: 1
poll: 1
epoll: 1
timer_create: 0
later: 0 1
relative: 8 1
before: 0
set: ok
blocked: ECANCELED
after: 1
told: ECANCELED
once: EAGAIN
not who did not ask: EAGAIN
set: ok
asked again: ECANCELED
and then: ok
nothing: EAGAIN
adjtime: ok
before 0 0
asks: ok
left 1
no more: ok
asks: ok
left 0 0
setoffset 5 1
too many microseconds: EINVAL
too short a tick: EINVAL
fast: ok
11000 100
gained 1
as usual: ok
status 0 2000 1234 37
tai 1
singleshot 0 0
read 0 1
wrong: EINVAL
wrong: EINVAL
wrong: EINVAL
wrong: EINVAL
monotonic: EINVAL
settimeofday: ok
1
stime: ok
1
";

#[test]
fn setting_it_leaves_the_hosts_alone_and_is_noticed_by_who_waits() {
    let source = paths::tests().join("machine_clock").join("set.c");
    let program = guest::compile(&source, &["-O1", "-Wall", "-pthread"], "set-clock").expect("it compiles");
    for world in Column::worlds() {
        for libc in LIBCS {
            let mut command = Command::new(paths::osvrun());
            command.args([world, libc]).arg(&program);
            let before = std::time::SystemTime::now();
            let outcome = run(&mut command, b"").expect("osvrun runs");
            assert_eq!(text(&outcome.stdout), SAID, "{world} {libc}: {}", text(&outcome.stderr));
            let took = before.elapsed().expect("the host's clock goes on");
            assert!(took.as_secs() < 1_000_000, "{world} {libc}: the host's clock is another one now");
        }
    }
}
