/** QEMU says these in good health too. */
const everyday = [/^char device redirected to /, /\bwarning: /, /^\s*$/];

/** The end of a log, as far as it may tell why QEMU ended; an empty text when it does not. */
export function lastWords(log: string): string {
  return log
    .split('\n')
    .filter((line) => !everyday.some((pattern) => pattern.test(line)))
    .slice(-3)
    .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, '').trim())
    .join('; ');
}
