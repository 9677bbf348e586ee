/** Preloaded into a service that runs with --expose-gc. Collects garbage on a signal, so that the remaining memory is in use. */
process.on('SIGUSR2', () => {
  globalThis.gc?.();
});
