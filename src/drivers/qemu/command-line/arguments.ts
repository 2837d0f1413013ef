/** Collects QEMU's command line. JSON forms keep every value literal: a comma in a path is only a comma. */
export class Arguments {
  readonly list: string[] = [];

  add(option: string, value?: string): void {
    this.list.push(option);
    if (value !== undefined) this.list.push(value);
  }

  /** `-device`, `-object`, `-blockdev`, `-netdev`, `-audiodev` take JSON. Undefined members are left out. */
  json(option: string, value: Readonly<Record<string, unknown>>): void {
    this.add(option, JSON.stringify(value));
  }

  device(driver: string, properties: Readonly<Record<string, unknown>>): void {
    this.json('-device', { driver, ...properties });
  }
}

/** `key=value` words with QEMU's own escape: a comma in a value is doubled. */
export function words(
  first: string,
  rest: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const parts = [first];
  for (const [key, value] of Object.entries(rest)) {
    if (value === undefined) continue;
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
    parts.push(`${key}=${text.replaceAll(',', ',,')}`);
  }
  return parts.join(',');
}

export function onOff(value: boolean | undefined): 'on' | 'off' | undefined {
  return value === undefined ? undefined : value ? 'on' : 'off';
}
