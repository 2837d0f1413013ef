const styles = { green: '32', yellow: '33', red: '31', dim: '2', bold: '1' } as const;

export function paint(text: string, style: keyof typeof styles, color: boolean): string {
  return color ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
}

/** Columns of equal width, measured without colour. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  color: boolean,
): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes
  const width = (cell: string) => cell.replace(/\u001b\[[0-9;]*m/g, '').length;
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((cells) => width(cells[at] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) =>
        at === cells.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - width(cell)),
      )
      .join('  ')
      .trimEnd();
  return [paint(line(head), 'bold', color), ...rows.map(line)].join('\n');
}
