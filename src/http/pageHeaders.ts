import helmet from 'helmet';

/**
 * Headers of pages that a browser shows: they load what comes from here and nothing else. Answers in JSON need none of
 * them, and every header costs on each of many thousand answers a second.
 */
export const pageHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
    },
  },
  // Whether there is TLS in front of the service is known there, not here.
  strictTransportSecurity: false,
});
