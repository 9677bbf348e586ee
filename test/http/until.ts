/** Waits for a fact, and fails when it does not come about in time. */
export async function until(fact: () => boolean, deadlineMs = 60_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!fact()) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain for: ${fact.toString()}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}
