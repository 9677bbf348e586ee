import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { version } from '../../package.json';
import { ConfigSchema } from '../../src/config';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface Container {
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: readonly { readonly secretRef: { readonly name: string } }[];
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
}

interface Deployment extends Manifest {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

const manifests = parseAllDocuments(readFileSync(join(ROOT, 'ops/kubernetes/tandem.yml'), 'utf8')).map(
  (document) => document.toJS() as Manifest,
);
const containers = manifests
  .filter((manifest): manifest is Deployment => manifest.kind === 'Deployment')
  .flatMap(({ spec }) => spec.template.spec.containers);

/** The module of kubernetes-models, which is made of the OpenAPI document of Kubernetes, that has a kind. */
const moduleOf = ({ apiVersion, kind }: Manifest): string => `kubernetes-models/${apiVersion}/${kind}`;

/** What the compiler says of manifests that are written down as values of their types: unknown members, too. */
async function complaintsOf(all: readonly Manifest[]): Promise<string> {
  const lines = all.map(
    (manifest, n) =>
      `import type { I${manifest.kind} as K${n} } from '${moduleOf(manifest)}';\nexport const m${n}: K${n} = ${JSON.stringify(manifest)};`,
  );
  // Below the packages of this repository, so that they are found.
  const program = join(ROOT, 'node_modules', `.tandem-manifests-${process.pid}.mts`);
  writeFileSync(program, lines.join('\n'));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--module', 'nodenext', '--types', ''];
  const { stdout } = await run(process.execPath, [tsc, ...options, program], { cwd: ROOT }).catch(
    (error: { stdout: string }) => error,
  );
  rmSync(program);
  return stdout;
}

describe('the manifest for Kubernetes', () => {
  it('has what a deployment needs', () => {
    expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Namespace tandem',
      'Secret tandem',
      'Secret tandem-tokens',
      'Deployment tandem-api',
      'Deployment tandem-worker',
      'Service tandem',
      'PodDisruptionBudget tandem-api',
      'PodDisruptionBudget tandem-worker',
    ]);
  });

  it('fits the schemas of the Kubernetes API, without a member that they do not know', async () => {
    for (const manifest of manifests) {
      const models = (await import(moduleOf(manifest))) as Record<string, new (data: Manifest) => { validate(): void }>;
      const Model = models[manifest.kind];
      if (!Model) throw new Error(`there is no kind ${manifest.kind}`);
      expect(() => new Model(manifest).validate()).not.toThrow();
    }
    expect(await complaintsOf(manifests)).toBe('');
  });

  it('would not pass with a member that is misspelt', async () => {
    const text = JSON.stringify(manifests).replace('livenessProbe', 'livenesProbe');
    expect(await complaintsOf(JSON.parse(text) as Manifest[])).toMatch(
      /livenesProbe.* does not exist in type 'IContainer'/,
    );
  });

  it('sets only variables that the service reads, to values that it takes, and asks paths that there are', () => {
    expect(containers).toHaveLength(2);
    const secrets = manifests.filter(({ kind }) => kind === 'Secret') as (Manifest & { stringData: object })[];
    for (const { env, envFrom, readinessProbe, livenessProbe } of containers) {
      const names = new Set(envFrom.map(({ secretRef }) => secretRef.name));
      const given = secrets.filter(({ metadata }) => names.has(metadata.name)).map(({ stringData }) => stringData);
      const all = Object.assign(Object.fromEntries(env.map(({ name, value }) => [name, value])), ...given) as object;
      expect(Object.keys(all).filter((name) => !(name in ConfigSchema.shape))).toEqual([]);
      expect(ConfigSchema.safeParse(all).error).toBeUndefined();
      expect([readinessProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(['/health/ready', '/health/live']);
    }
  });

  it('names the version that this is', () => {
    for (const { image } of containers) expect(image.split(':')[1]).toBe(version);
  });
});
