export type Json = { readonly [key: string]: unknown };

/** The part of an OpenAPI 3.1 document that this service writes. */
export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly servers: readonly Json[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly security: readonly Json[];
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  /** Requests that the service makes. */
  readonly webhooks?: { readonly [name: string]: { readonly [method: string]: Operation } };
  readonly components: {
    readonly schemas: Json;
    readonly headers: { readonly [name: string]: Header };
    readonly examples: Json;
    readonly securitySchemes: Json;
  };
}

export interface Operation extends Json {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: { readonly [status: string]: Response };
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: unknown;
  readonly example?: unknown;
}

export interface Header {
  readonly description: string;
  readonly required?: boolean;
  readonly schema: unknown;
  readonly example: unknown;
}

export interface Reference {
  readonly $ref: string;
}

export type Content = {
  readonly [type: string]: {
    readonly schema: unknown;
    readonly example?: unknown;
    readonly examples?: { readonly [name: string]: Reference };
  };
};

export interface Response {
  readonly description: string;
  readonly headers: { readonly [name: string]: Reference };
  readonly content?: Content;
}
