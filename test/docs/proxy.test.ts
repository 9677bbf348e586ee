import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { WholeService } from '../http/serviceHarness';
import { ended, endWithHarness } from '../kit/childProcess';
import { freePort } from '../kit/ports';
import { eventually } from '../kit/wait';
import { describeWhere } from '../support/describeWhere';

const CONFIGURATION = join(__dirname, '..', '..', 'ops', 'nginx', 'tandem.conf');
const TOKEN = 'b5f0e2a7c9d84416b5f0e2a7c9d84416';

interface Answered {
  readonly status: number;
  readonly body: string;
}

const describeHere = describeWhere(
  spawnSync('nginx', ['-v']).status === 0,
  'the tests of the proxy, because there is no nginx on the PATH',
);

describeHere('nginx as ops/nginx/tandem.conf sets it up', () => {
  let folder: string;
  let service: WholeService;
  let nginx: ChildProcess;
  let port: number;
  let certificate: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-nginx-'));
    // The workers of nginx are another user.
    chmodSync(folder, 0o755);
    service = await WholeService.start({ AUTH_TOKENS: `${TOKEN}=ann,${TOKEN}s=shop:service,${TOKEN}a=root:admin` });
    port = await freePort();
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'tandem.example' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'tandem.example' }] }],
    });
    certificate = cert;
    writeFileSync(join(folder, 'tandem.key'), key);
    writeFileSync(join(folder, 'tandem.crt'), cert);
    // The file as it is, with places of this test.
    const site = readFileSync(CONFIGURATION, 'utf8')
      .replace('127.0.0.1:3000', new URL(service.client.url).host)
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replaceAll('/etc/nginx/tls', folder);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (what) => `${what}_temp_path ${folder}/${what};`,
    );
    writeFileSync(join(folder, 'site.conf'), site);
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
       events {} http { access_log off; ${temporary.join(' ')} include ${folder}/site.conf; }`,
    );
    nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    endWithHarness(nginx);
    await eventually('nginx answers', () => ask('GET', '/health/live'), { deadlineMs: 60_000 });
  });

  afterAll(async () => {
    nginx.kill('SIGTERM');
    await ended(nginx);
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function ask(method: string, path: string, token?: string, body?: string): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const headers = {
        host: 'tandem.example',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      };
      const options = { port, method, path, headers, host: '127.0.0.1', servername: 'tandem.example', ca: certificate };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  it('carries requests by TLS, and tells the service by which address it was called', async () => {
    expect(await ask('POST', '/account/ann', `${TOKEN}s`)).toMatchObject({ status: 201 });
    expect(await ask('POST', '/account/ann/deposit/100', `${TOKEN}s`)).toMatchObject({ status: 200 });
    expect(await ask('GET', '/account/ann/balance', TOKEN)).toMatchObject({ status: 200 });
    expect((await ask('GET', '/docs')).body).toContain('https://tandem.example');
  });

  it('keeps end users from what makes money, and the world from what is for operators', async () => {
    for (const path of ['/wallet/deposit', '/wallet/withdraw', '/wallet/ledger/record']) {
      expect(await ask('POST', path, TOKEN, '{"amountCents":5}')).toMatchObject({ status: 403 });
    }
    for (const path of ['/admin/transfers', '/admin/queues', '/admin/wallets', '/metrics']) {
      expect(await ask('GET', path, `${TOKEN}a`)).toMatchObject({ status: 404 });
    }
    expect((await ask('GET', '/wallet/balance', TOKEN)).body).toContain('"balance":100');
  });

  it('lets a batch through that is as large as the service takes', async () => {
    const transfers = Array.from({ length: 1_000 }, (_, n) => ({
      idempotencyKey: `k-${n}`,
      origin: 'ann',
      destination: 'missing',
      amount: 1,
      metadata: { filling: 'x'.repeat(800) },
    }));
    const body = JSON.stringify({ transfers });
    expect(body.length).toBeGreaterThan(900_000);
    expect(await ask('POST', '/transfers/batch', `${TOKEN}s`, body)).toMatchObject({ status: 200 });
  });
});
