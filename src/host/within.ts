/**
 * Does it with a signal that ends with the given one, or after this time. `AbortSignal.any` of an
 * `AbortSignal.timeout` is no deadline: Node holds the timeout weakly, and once it is collected nobody is told.
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  act: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const end = () => limit.abort(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(() => limit.abort(), ms);
  try {
    return await act(limit.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
