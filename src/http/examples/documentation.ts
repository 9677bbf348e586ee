import type { z } from 'zod';
import type { indexSchema } from '../schemas/documentation';

export const INDEX: z.infer<typeof indexSchema> = {
  name: 'tandem',
  version: '1.0.0',
  links: [{ method: 'GET', path: '/account/{id}/balance' }],
};

export const OPENAPI = { openapi: '3.1.0' };

export const PAGE = '<!doctype html>…';
