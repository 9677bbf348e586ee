import { z } from 'zod';

type Side = 'input' | 'output';

/**
 * Converts zod schemas to JSON Schemas; named ones become components. Converts each schema once: most answers are the
 * same for all routes, and conversion takes longer than the rest of the document.
 */
export class JsonSchemas {
  readonly named: Record<string, unknown> = {};
  private readonly made: Record<Side, Map<z.ZodType, unknown>> = { input: new Map(), output: new Map() };

  of(schema: z.ZodType, side: Side): unknown {
    const known = this.made[side].get(schema);
    if (known !== undefined) return known;
    // zod writes a named schema as a reference only inside an object.
    const { properties, $defs } = z.toJSONSchema(z.object({ it: schema }), {
      io: side,
      unrepresentable: 'any',
      override: ({ jsonSchema }) => asTold(jsonSchema),
    });
    for (const [name, definition] of Object.entries($defs ?? {})) this.named[name] = relocated(definition);
    const made = relocated(properties?.['it']);
    this.made[side].set(schema, made);
    return made;
  }
}

/**
 * Documents a parameter of digits as an integer, although it is text to zod. JSON Schema has `examples` and no
 * `example`. zod leaves out the examples of a value that it transforms, such as an amount, so these are stored under a
 * name that zod does not know.
 */
function asTold(schema: Record<string, unknown>): void {
  if (schema['type'] === 'integer') delete schema['pattern'];
  if ('inputExamples' in schema) {
    schema['examples'] = schema['inputExamples'];
    delete schema['inputExamples'];
  }
  if (!('example' in schema)) return;
  schema['examples'] = [schema['example']];
  delete schema['example'];
}

function relocated(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema ?? {}).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
