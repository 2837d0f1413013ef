/** What an armed failpoint does: `QONVERGE_FAILPOINTS=start.spawned=kill@2,define=throw`. */
const armed = new Map<string, { readonly action: string; left: number }>();

for (const word of (process.env['QONVERGE_FAILPOINTS'] ?? '').split(',').filter(Boolean)) {
  const [, name, action, at] = word.match(/^([^=]+)=(kill|throw|hang)(?:@(\d+))?$/) ?? [];
  if (name && action) armed.set(name, { action, left: Number(at ?? 1) });
}

/** A place where tests may kill the process, to prove that nothing is lost there. Free when not armed. */
export async function failpoint(name: string): Promise<void> {
  if (armed.size === 0) return;
  const point = armed.get(name);
  if (!point || --point.left !== 0) return;
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (point.action === 'throw') throw new Error(`failpoint ${name}`);
  await new Promise(() => setInterval(() => undefined, 1_000_000));
}
