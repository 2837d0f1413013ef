/**
 * Work that serves all who ask before it begins: who asks while it runs gets the next run, which begins after that. What
 * a caller sees is never older than its question.
 */
export function grouped<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> | undefined;
  let next: Promise<T> | undefined;
  const run = (): Promise<T> => {
    const now = work();
    running = now;
    const end = () => {
      if (running === now) running = undefined;
    };
    now.then(end, end);
    return now;
  };
  return () => {
    if (!running) return run();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return run();
      });
    return next;
  };
}
