"""What Python's library leans on: threads, sockets, hashes, SQL, files, and the error of a child that cannot be."""

import asyncio
import concurrent.futures
import contextlib
import hashlib
import http.server
import json
import mmap
import os
import queue
import signal
import sqlite3
import struct
import subprocess
import tempfile
import threading
import urllib.request
import zlib


def threads():
    """Workers take numbers from a queue and add their squares under a lock."""
    numbers, lock, total = queue.Queue(), threading.Lock(), 0

    def work():
        nonlocal total
        while (number := numbers.get()) is not None:
            with lock:
                total += number * number

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for number in range(500):
        numbers.put(number)
    for _ in workers:
        numbers.put(None)
    for worker in workers:
        worker.join()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        lengths = list(pool.map(len, ["a" * n for n in range(6)]))
    event = threading.Event()
    print("threads", total, lengths, event.wait(0.01))


def data():
    """Text, numbers and bytes there and back."""
    value = {"name": "Zoë", "list": [1, 2.5, None, True], "nested": {"π": 3.14159}}
    text = json.dumps(value, sort_keys=True)
    print("json", text, json.loads(text) == value)
    block = bytes(range(256)) * 64
    packed = zlib.compress(block, 9)
    print("zlib", len(packed), zlib.crc32(block), zlib.decompress(packed) == block)
    for name in ("md5", "sha256", "sha3_256", "blake2b"):
        print(name, hashlib.new(name, block).hexdigest()[:32])
    print("struct", struct.pack("<hIqd", -2, 7, -(2**40), 0.1).hex(), struct.calcsize("@lPn"))
    print("float", repr(0.1 + 0.2), float.hex(1 / 3), 2**0.5, round(2.675, 2), 1e23)


def database():
    """A database in a file, with threads that don't share their connection."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stock.db")
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("create table stock(item text primary key, count integer)")
            connection.executemany("insert into stock values (?, ?)", [(f"item{n}", n * n) for n in range(50)])

        def add():
            with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
                for _ in range(10):
                    with connection:
                        connection.execute("update stock set count = count + 1 where item = 'item7'")

        adders = [threading.Thread(target=add) for _ in range(2)]
        for adder in adders:
            adder.start()
        for adder in adders:
            adder.join()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            print("sqlite", *connection.execute("select count(*), sum(count), max(item) from stock").fetchone())


def files():
    """Names, attributes and mapped memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "numbers")
        with open(path, "w+b") as file:
            file.write(struct.pack("<100I", *range(100)))
            file.flush()
            with mmap.mmap(file.fileno(), 0) as view:
                view[4:8] = b"\xff\xff\xff\xff"
                print("mmap", len(view), view.find(b"\xff" * 4), struct.unpack_from("<3I", view))
        os.symlink("numbers", os.path.join(folder, "link"))
        os.truncate(path, 10)
        print("files", sorted(os.listdir(folder)), os.stat(path).st_size, os.readlink(os.path.join(folder, "link")))
        try:
            os.rmdir(folder)
        except OSError as error:
            print("rmdir", error.errno, error.strerror)


class Handler(http.server.BaseHTTPRequestHandler):
    """Says what was asked for, in capitals."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).upper()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def web():
    """An HTTP server with a thread for each connection, and its clients."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.start()
        url = f"http://127.0.0.1:{server.server_port}/"

        def ask(number):
            with urllib.request.urlopen(url, data=b"hello %d " % number * 1000) as answer:
                return answer.status, zlib.crc32(answer.read())

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            print("http", list(pool.map(ask, range(4))))
        server.shutdown()
        running.join()


async def echo(reader, writer):
    """Sends back each line turned round."""
    while line := await reader.readline():
        writer.write(line.rstrip()[::-1] + b"\n")
        await writer.drain()
    writer.close()


async def tasks():
    """An event loop with a server, clients, timers and a thread."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def client(word):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(word + b"\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer

    answers = await asyncio.gather(*(client(word) for word in (b"one", b"two", b"three")))
    late = await asyncio.gather(asyncio.sleep(0.02, "slow"), asyncio.sleep(0.01, "quick"))
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except asyncio.TimeoutError:
        late.append("in vain")
    print("asyncio", answers, late, await asyncio.to_thread(sum, range(1000)))
    server.close()
    await server.wait_closed()


def signals():
    """A handler runs between two instructions of the main thread."""
    seen = []
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append(signal.Signals(number).name))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    signal.raise_signal(signal.SIGUSR1)
    print("signals", seen)


threads()
data()
database()
files()
web()
asyncio.run(tasks())
signals()
