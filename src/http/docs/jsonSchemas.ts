import { z } from 'zod';

type Side = 'input' | 'output';

/**
 * JSON Schemas of zod schemas; those with a name become components. Each is made once: most of what a route may be answered
 * with is the same for all of them, and making it takes longer than all the rest of the document.
 */
export class JsonSchemas {
  readonly named: Record<string, unknown> = {};
  private readonly made: Record<Side, Map<z.ZodType, unknown>> = { input: new Map(), output: new Map() };

  of(schema: z.ZodType, side: Side): unknown {
    const known = this.made[side].get(schema);
    if (known !== undefined) return known;
    // Inside an object a named schema becomes a reference, which at the top it would not.
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
 * A parameter made of digits is text to zod, and an integer to a reader of the document. JSON Schema has `examples` and no
 * `example`. zod leaves out the examples of a value that it transforms, such as an amount, so that they are given here under
 * a name that zod does not know.
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
