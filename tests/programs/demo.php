<?php
// What PHP programs lean on: arrays, patterns, JSON, dates, files, hashes, stream sockets between two ends.

$people = array_map(fn ($n) => ['name' => chr(97 + $n * 11 % 26) . $n, 'age' => $n * 37 % 80], range(1, 12));
usort($people, fn ($a, $b) => [$a['age'], $a['name']] <=> [$b['age'], $b['name']]);
echo json_encode(array_slice($people, 0, 4)), "\n";
$byDecade = [];
foreach ($people as ['name' => $name, 'age' => $age]) {
    $byDecade[intdiv($age, 10) * 10][] = $name;
}
ksort($byDecade);
echo implode(' ', array_map(fn ($k, $v) => "$k:" . implode(',', $v), array_keys($byDecade), $byDecade)), "\n";

var_dump(json_decode('{"a": [1, 2.5, "é"], "b": {"c": null}}', true), json_decode('{bad'), json_last_error_msg());
echo preg_replace_callback('/\b(\w)(\w*)\b/u', fn ($m) => "$m[2]$m[1]ay", 'über the river'), "\n";
preg_match_all('/(?<key>\w+)=(?<value>"[^"]*"|\S+)/', 'a=1 b="two words" c=3', $found, PREG_SET_ORDER);
echo implode('|', array_map(fn ($m) => "{$m['key']}→{$m['value']}", $found)), "\n";
printf("%05.2f|%-8s|%'*10s|%b|%X|%e\n", 3.14159, 'left', 'right', 10, 255, 12345.678);
echo hash('sha256', str_repeat('abc', 1000)), ' ', crc32('checksum'), ' ', md5('x'), "\n";
echo gmdate('Y-m-d H:i:s', 86400 * 365), ' ', (new DateTimeImmutable('2024-02-29', new DateTimeZone('UTC')))
    ->modify('+1 year')->format('D, d M Y'), ' ', PHP_INT_MAX + 1, ' ', 0.1 + 0.2, ' ', intdiv(-7, 2), "\n";

function primes(int $most): Generator
{
    for ($n = 2; $n <= $most; $n++) {
        for ($d = 2; $d * $d <= $n; $d++) {
            if ($n % $d == 0) {
                continue 2;
            }
        }
        yield $n;
    }
}
echo array_sum(iterator_to_array(primes(2000), false)), "\n";

$folder = sys_get_temp_dir() . '/demo' . getmypid();
mkdir($folder);
foreach (['b', 'a'] as $name) {
    file_put_contents("$folder/$name", str_repeat("$name\n", 1000), LOCK_EX);
}
echo implode(' ', scandir($folder)), ' ', filesize("$folder/a"), ' ', count(file("$folder/b")), "\n";
echo @rmdir($folder) ? 'gone' : str_replace($folder, 'folder', error_get_last()['message']), "\n";
array_map('unlink', glob("$folder/*"));
rmdir($folder);

$server = stream_socket_server('tcp://127.0.0.1:0', $code, $message);
$clients = [];
for ($i = 0; $i < 3; $i++) {
    $clients[] = $client = stream_socket_client('tcp://' . stream_socket_get_name($server, false));
    fwrite($client, "client $i\n");
}
$open = [$server];
$served = 0;
while ($served < 3) {
    $readable = $open;
    $none = null;
    stream_select($readable, $none, $none, 10);
    foreach ($readable as $ready) {
        if ($ready === $server) {
            $open[] = stream_socket_accept($server);
        } else {
            fwrite($ready, strrev(trim(fgets($ready))) . "\n");
            fclose($ready);
            unset($open[array_search($ready, $open, true)]);
            $served++;
        }
    }
}
foreach ($clients as $client) {
    echo stream_get_contents($client);
}
try {
    intdiv(1, 0);
} catch (DivisionByZeroError $error) {
    echo get_class($error), ': ', $error->getMessage(), ' in line ', $error->getLine(), "\n";
}
