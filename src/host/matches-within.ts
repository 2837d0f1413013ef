import { createContext, runInContext } from 'node:vm';

/**
 * Whether a regular expression matches one of these lines, in so many milliseconds: an expression that runs away on a
 * text of others holds nobody up for longer. Undefined: it did not get done.
 */
export function matchesWithin(
  pattern: string,
  lines: readonly string[],
  timeout: number,
): boolean | undefined {
  const context = createContext({ pattern, lines: JSON.stringify(lines) });
  try {
    return (
      runInContext(
        'const re = new RegExp(pattern, "u"); JSON.parse(lines).some((line) => re.test(line))',
        context,
        {
          timeout,
        },
      ) === true
    );
  } catch {
    return undefined;
  }
}
