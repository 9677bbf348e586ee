import { z } from 'zod';

export const indexSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    links: z.array(z.object({ method: z.string(), path: z.string() })),
  })
  .meta({ id: 'Index' });

export const openApiSchema = z.looseObject({ openapi: z.literal('3.1.0') });

export const pageSchema = z.string();
