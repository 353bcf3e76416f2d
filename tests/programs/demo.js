// What node programs lean on: the event loop, a server and clients, worker threads, its thread pool, crypto and zlib.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const zlib = require('zlib');
const { promisify } = require('util');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

if (!isMainThread) {
  const { numbers, from, step } = workerData;
  let sum = 0;
  for (let i = from; i < numbers.length; i += step) sum += Atomics.load(numbers, i);
  parentPort.postMessage(sum);
  return;
}

async function workers() {
  const shared = new Int32Array(new SharedArrayBuffer(4 * 1000));
  for (let i = 0; i < shared.length; i++) shared[i] = i * i;
  const sums = await Promise.all([0, 1].map((from) => new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: { numbers: shared, from, step: 2 } });
    worker.once('message', resolve);
    worker.once('error', reject);
  })));
  console.log('workers', sums);
}

async function web() {
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => response.end(Buffer.concat(parts).reverse()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ask = (body) => new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.address().port, method: 'POST' };
    http.request(options, (response) => {
      let text = '';
      response.setEncoding('latin1').on('data', (part) => { text += part; }).on('end', () => resolve(text));
    }).on('error', reject).end(body);
  });
  const answers = await Promise.all(['one', 'two', 'x'.repeat(100000)].map(ask));
  console.log('http', answers.map((text) => (text.length > 10 ? text.length : text)));
  server.close();
}

async function pool() {
  const block = Buffer.alloc(100000, 'the quick brown fox ');
  const packed = await promisify(zlib.deflate)(block);
  const plain = await promisify(zlib.inflate)(packed);
  const key = await promisify(crypto.scrypt)('password', 'salt', 32, { N: 1024 });
  console.log('zlib', packed.length, plain.equals(block), 'scrypt', key.toString('hex').slice(0, 16));
  const cipher = crypto.createCipheriv('aes-256-gcm', key, Buffer.alloc(12));
  const secret = Buffer.concat([cipher.update(block), cipher.final()]);
  console.log('crypto', crypto.createHash('sha256').update(secret).digest('hex').slice(0, 16),
    cipher.getAuthTag().toString('hex'), crypto.randomBytes(16).length);
}

async function files() {
  const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'demo-'));
  await Promise.all(['b', 'a'].map((name) => fs.promises.writeFile(path.join(folder, name), name.repeat(1000))));
  const names = (await fs.promises.readdir(folder)).sort();
  const { size } = await fs.promises.stat(path.join(folder, 'a'));
  await assert.rejects(fs.promises.rmdir(folder), { code: 'ENOTEMPTY' });
  await fs.promises.rm(folder, { recursive: true });
  console.log('files', names, size, fs.existsSync(folder));
}

async function loop() {
  const order = [];
  setTimeout(() => order.push('timer'), 5);
  setImmediate(() => order.push('immediate'));
  process.nextTick(() => order.push('tick'));
  Promise.resolve().then(() => order.push('promise'));
  await new Promise((resolve) => setTimeout(resolve, 30));
  console.log('loop', order, [3, 1, 2].sort(), /(?<=\$)\d+(?<cents>\.\d+)/.exec('for $12.50').groups.cents,
    JSON.stringify({ z: [1, { y: 'Ж' }], n: 1e21, d: new Date(0) }), 0.1 + 0.2, 2n ** 100n);
}

(async () => {
  await workers();
  await web();
  await pool();
  await files();
  await loop();
  process.exitCode = 4;
})();
