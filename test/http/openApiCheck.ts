import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { RESPONSE_HEADERS } from '../../src/http/docs/headers';
import type { OpenApi } from '../../src/http/docs/openapi';

interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Answers that any request may get before it has found a route; they are documented in prose. */
const BEFORE_ROUTES = new Set([404, 405, 413, 417, 431]);

/** Holds every answer against the published document: its status must be there, and its body must fit. */
export class OpenApiCheck {
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly paths: readonly { readonly pattern: RegExp; readonly path: string }[];
  /** How many answers were checked against a schema. */
  checked = 0;

  constructor(private readonly document: OpenApi) {
    this.ajv.addSchema({ $id: 'api', ...document });
    this.paths = Object.keys(document.paths).map((path) => ({
      path,
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
  }

  expectDocumented(answered: Answered): void {
    const { method, status, contentType, body } = answered;
    const path = this.paths.find(({ pattern }) => pattern.test(answered.path.replace(/\?.*/s, '')))?.path;
    const operation = path && this.document.paths[path]?.[method.toLowerCase()];
    if (!path || !operation) {
      if (BEFORE_ROUTES.has(status)) return;
      throw new Error(`${method} ${answered.path} answered ${status} and is not documented`);
    }
    const response = operation.responses[status];
    const type = contentType.replace(/;.*/, '');
    const isEmpty = response !== undefined && response.content === undefined && type === '';
    if (!isEmpty && !response?.content?.[type]) {
      if (BEFORE_ROUTES.has(status)) return;
      throw new Error(`${method} ${path} answered ${status} ${type}, which is not documented`);
    }
    this.expectHeaders(
      `${method} ${path} ${status}`,
      Object.keys(operation.responses[status]?.headers ?? {}),
      answered,
    );
    if (!type.endsWith('json')) return;
    this.checked += 1;
    const validate = this.validator(
      `api#/paths/${pointer(path)}/${method.toLowerCase()}/responses/${status}/content/${pointer(type)}/schema`,
    );
    if (!validate(body)) {
      throw new Error(
        `${method} ${path} ${status}: ${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`,
      );
    }
  }

  /** What a client may act on is documented where it is sent, and sent where it is documented as always there. */
  private expectHeaders(what: string, documented: readonly string[], { headers }: Answered): void {
    const known = Object.entries(RESPONSE_HEADERS);
    const isRequired = (name: string) => known.some(([one, header]) => one === name && 'required' in header);
    const missing = documented.filter((name) => isRequired(name) && !headers.has(name));
    const extra = known.map(([name]) => name).filter((name) => headers.has(name) && !documented.includes(name));
    if (missing.length > 0) throw new Error(`${what} came without ${missing.join(', ')}, which is documented`);
    if (extra.length > 0) throw new Error(`${what} came with ${extra.join(', ')}, which is not documented`);
  }

  private validator($ref: string): ValidateFunction {
    const known = this.validators.get($ref);
    if (known) return known;
    const made = this.ajv.compile({ $ref });
    this.validators.set($ref, made);
    return made;
  }
}

function pointer(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}
