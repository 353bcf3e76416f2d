# What Perl programs lean on: patterns, sorting, packed bytes, files, sockets between two ends, signals.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Errno qw(ENOENT ENOTEMPTY);
use File::Find;
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use List::Util qw(reduce sum);
use POSIX qw(floor strftime);
use Socket;
use Time::HiRes qw(ualarm);

my $text = join '', map { sprintf "%s=%d;", chr(97 + $_ * 7 % 26), $_ ** 3 % 1000 } 0 .. 40;
my %value;
$value{$1} += $2 while $text =~ /(\w)=(\d+);/g;
print join(' ', map {"$_$value{$_}"} (sort { $value{$b} <=> $value{$a} || $a cmp $b } keys %value)[0 .. 7]), "\n";
(my $swapped = "John Smith, Ada King") =~ s/(?<first>\w+) (?<last>\w+)/$+{last} $+{first}/g;
print "$swapped\n", join('|', split /\s*[,;]\s*/, 'a , b;c ;d'), "\n";
print "balanced $&\n" if 'x(a(b)c)y' =~ /(\((?:[^()]++|(?1))*\))/;

printf "%-6s|%+5d|%08.3f|%x|%e|%s\n", 'left', 42, 3.14159, 255, 12345.678, 1 / 3;
print unpack('H*', pack 'nNvVw/a*d<', 1, 2, 3, 4, 'five', 0.5), "\n";
print join(',', unpack '(A2)*', 'aabbcc'), ' ', sum(map { ord } split //, 'checksum'), "\n";
print reduce { $a * $b } 1 .. 15;
print ' ', floor(-2.5), ' ', 2**0.5, ' ', 10 % 3, ' ', strftime('%F %T %j', gmtime 86400 * 365), "\n";
print sha256_hex('abc' x 1000), "\n";

my $folder = tempdir(CLEANUP => 1);
for my $name (qw(b a c)) {
    mkdir "$folder/in" unless -d "$folder/in";
    open my $file, '>', "$folder/in/$name" or die $!;
    print $file "line $_ of $name\n" for 1 .. 100;
    close $file;
}
my @found;
find({ wanted => sub { push @found, $_ . (-s $_) if -f }, no_chdir => 0 }, $folder);
print join(' ', sort @found), "\n";
open my $lines, '<', "$folder/in/b" or die $!;
my $last;
while (<$lines>) { $last = "$. $_" if eof }
print $last;
print 'open: ', (open(my $none, '<', "$folder/none") ? 'opened' : $! == ENOENT ? $! : 'other'), "\n";
print 'rmdir: ', (rmdir $folder) ? 'gone' : $! == ENOTEMPTY ? $! : 'other', "\n";

socketpair my $here, my $there, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die $!;
syswrite $here, 'over the pair';
sysread $there, my $came, 100;
print "$came\n";

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $@;
my @clients = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die $@ } 1 .. 3;
my $waiting = IO::Select->new($server);
print {$clients[$_]} "client $_\n" for 0 .. 2;
shutdown $_, 1 for @clients;
my %said;
while (keys %said < 3) {
    for my $ready ($waiting->can_read) {
        if ($ready == $server) {
            $waiting->add(scalar $server->accept);
        } else {
            my $line = <$ready>;
            $said{$line} = 1;
            print $ready uc $line;
            $waiting->remove($ready);
            close $ready;
        }
    }
}
print map { scalar <$_> } @clients;

if (grep { $_ eq 'signals' } @ARGV) {
    my $rang = 0;
    local $SIG{ALRM} = sub { $rang++ };
    ualarm 20_000;
    select undef, undef, undef, 5 until $rang;
    local $SIG{USR1} = sub { $rang += 10 };
    kill USR1 => $$;
    print "rang $rang\n";
}
eval { die { code => 7 } };
print "died with $@->{code}\n";
exit 3;
