// Writes out the types of the client, which in the sources are inferred from the schemas of the service.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compile } from 'json-schema-to-typescript';

const require = createRequire(import.meta.url);
const z = require('zod');

const IMPORT = /import type \{([^}]+)\} from '(\.\.\/http\/schemas\/\w+)';/g;
const LINE = /^export type (\w+) = z\.(infer|input)<typeof (\w+)>;$/gm;

/** TypeScript without imports, for the file `types.ts` of the client; `built` is the folder with the compiled service. */
export async function typesOf(file, built) {
  const text = readFileSync(file, 'utf8');
  const schemas = new Map();
  for (const [, names, path] of text.matchAll(IMPORT)) {
    const loaded = require(join(built, 'client', path));
    for (const name of names
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean))
      schemas.set(name, loaded[name]);
  }
  const types = [...text.matchAll(LINE)].map(([, name, side, schema]) => ({ name, side, schema: schemas.get(schema) }));
  const exported = text.match(/^export /gm) ?? [];
  if (types.length !== exported.length) throw new Error(`${file}: a line has another form than those that can be read`);
  const definitions = {};
  for (const type of types) Object.assign(definitions, definitionsOf(type));
  const made = await compile({ title: 'All', $defs: definitions }, 'All', {
    bannerComment: '/* Made of the schemas of the service. */',
    unreachableDefinitions: true,
    ignoreMinAndMaxItems: true,
    additionalProperties: false,
    declareExternallyReferenced: true,
    format: false,
  });
  return withoutTraces(made);
}

/** What the library says of where it found a type, and the type that it makes of the document. */
function withoutTraces(source) {
  return source
    .replaceAll(
      /( \*\n)? \* This interface was referenced by `All`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g,
      '',
    )
    .replaceAll(/\/\*\*\n \*\/\n/g, '')
    .replace(/export interface All \{\n[^}]*\}\n/, '');
}

/** The schema under its name, and those under theirs that it refers to. */
function definitionsOf({ name, side, schema }) {
  if (!schema) throw new Error(`there is no schema for ${name}`);
  const made = z.toJSONSchema(z.object({ it: schema }), {
    io: side === 'input' ? 'input' : 'output',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // What comes as digits is a number to those who call; a default is the service's to fill in.
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
      delete jsonSchema.default;
    },
  });
  const { it } = made.properties;
  const own = it.$ref === `#/$defs/${name}` ? {} : { [name]: it };
  return { ...made.$defs, ...own };
}
